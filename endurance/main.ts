/**
 * `npm run endurance`: bursts, many abandoned sessions, and one long session. No call may be lost or answered
 * twice, and the memory of nodes and workers must stay within the bound of memory.ts. Prints the
 * measurements; exits with 1 on a violation.
 */
import { parseArgs } from 'node:util';
import { Cluster } from 'durable-mcp/testing';
import { abandonedSessions } from './abandonedSessions';
import { burst } from './burst';
import { longSession } from './longSession';
import { Memory } from './memory';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000' },
    sessions: { type: 'string', default: '1000' },
    burst: { type: 'string', default: '500' },
  },
});

async function main(): Promise<void> {
  const nodeArgs = ['--max-sessions', '1000000']; // all sessions come from one address
  const cluster = await Cluster.start({ app: 'endurance/app.ts', temporal: 'own', nodeArgs });
  const memory = new Memory(cluster);
  try {
    for (const run of [
      () => burst(cluster, Number(values.burst)),
      () => abandonedSessions(cluster, memory, Number(values.sessions)),
      () => longSession(cluster, Number(values.calls)),
    ]) {
      const began = Date.now();
      console.log(`${await run()} (${Math.round((Date.now() - began) / 1_000)} s)`);
      console.log(`  ${memory.report()}`);
    }
    memory.assertBounded();
  } finally {
    memory.stop();
    await cluster.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
