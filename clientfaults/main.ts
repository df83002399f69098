/**
 * `npm run faults:client`: kills a client of `durable-mcp/client` at each point of its calls, and looks at what
 * its next process makes of them. `--rounds 5` says how often; the outcome goes into docs/client.md. Fails if a
 * cell is violated.
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { writeBetween } from './page';
import { failuresOf, tableOf } from './report';
import { run } from './run';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a number, not ${values.rounds}.`);
  const startedAt = new Date();
  const verdicts = await run(rounds, console.log);
  const failures = failuresOf(verdicts);
  const minutes = Math.max(1, Math.round((Date.now() - startedAt.getTime()) / 60_000));
  const lastRun = `The last run: ${startedAt.toISOString().slice(0, 10)}, ${minutes} minutes, ${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown'}, Node ${process.version}: ${verdicts.length} kills with two calls in each, one with a key and one without.`;
  const table = tableOf(verdicts);
  console.log(`\n${table}\n\n${failures.join('\n') || 'Every cell holds.'}`);
  writeBetween('matrix', `${lastRun}\n\n${table}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

// Running processes are killed when this process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(`faults:client: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
