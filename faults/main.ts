/**
 * `npm run faults`: runs the fault matrix or a part of it. `--only 'kill worker'` (repeatable) selects the
 * cells whose name contains the words, `--sample 12 --seed 7` a random sample, `--lanes` the number of
 * concurrent rounds; `--write` writes the outcome into docs/faults.md.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { roundsOf, sampleOf, type Round } from './matrix';
import { documentOf, failuresOf, tableOf } from './report';
import { run } from './run';

const wholeNumber = (text: string, option: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`--${option} takes a whole number, not ${text}.`);
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      sample: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 100_000) },
      lanes: { type: 'string', default: '3' },
      write: { type: 'boolean', default: false },
    },
  });
  const cellsOf = (rounds: readonly Round[]) => rounds.reduce((sum, { kinds }) => sum + kinds.length, 0);
  const all = roundsOf(values.only);
  const seed = wholeNumber(values.seed, 'seed');
  const rounds =
    values.sample === undefined ? all : sampleOf(all, wholeNumber(values.sample, 'sample'), seed);
  const startedAt = new Date();
  const outcomes = await run(rounds, wholeNumber(values.lanes, 'lanes'), console.log);
  const failures = failuresOf(outcomes);
  console.log(`\n${tableOf(outcomes)}\n\n${failures || 'Every cell holds.'}`);
  if (values.sample !== undefined)
    console.log(`The same walk again: --sample ${values.sample} --seed ${seed}`);
  if (values.write)
    writeFileSync(
      path.join(__dirname, '../docs/faults.md'),
      documentOf(outcomes, cellsOf(roundsOf()), startedAt),
    );
  process.exitCode = failures ? 1 : 0;
}

// Running processes are killed when this process exits; see src/testing/cluster.ts.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(`faults: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
