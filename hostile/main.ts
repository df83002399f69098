/**
 * `npm run hostile`: runs one attack after another beside innocent clients; all attacks, or those whose name
 * contains one of the words: `npm run hostile -- steps elicit`. `--seconds`, `--quiet` and `--settle` set the
 * durations; `--write` writes the outcome into docs/hostile.md. Exits with 1 if an attack did harm. `DEBUG=1`
 * prints the last output of the processes.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ATTACKS, attacksWith } from './attacks';
import { documentOf, failuresOf, tableOf } from './report';
import { runRow } from './row';
import type { Outcome } from './outcome';

const seconds = (text: string, option: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${option} takes a whole number of seconds, not ${text}.`);
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '15' },
      quiet: { type: 'string', default: '15' },
      settle: { type: 'string', default: '60' },
      write: { type: 'boolean', default: false },
    },
  });
  const times = {
    seconds: seconds(values.seconds, 'seconds'),
    quietSeconds: seconds(values.quiet, 'quiet'),
    settleSeconds: seconds(values.settle, 'settle'),
  };
  const startedAt = new Date();
  const outcomes: Outcome[] = [];
  for (const attack of attacksWith(positionals)) {
    const outcome = await runRow(attack, times);
    outcomes.push(outcome);
    console.log(`${attack.name}: ${outcome.problems.join('; ') || 'no harm'}`);
    if (process.env.DEBUG) console.log(outcome.measured);
  }
  const failures = failuresOf(outcomes);
  console.log(`\n${tableOf(outcomes)}\n\n${failures || 'No attack did harm.'}`);
  if (values.write) {
    const document = documentOf(outcomes, ATTACKS.length, times, startedAt);
    writeFileSync(path.join(__dirname, '../docs/hostile.md'), document);
  }
  process.exitCode = failures ? 1 : 0;
}

// Running processes are killed when this process exits: see src/testing/cluster.ts.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(`hostile: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
