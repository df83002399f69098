/**
 * An at-least-once handler runs a second time only after a crash. Here workers are added and drained all the
 * time, and none crashes: each of 10,000 handlers runs once.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { hasLostTask } from '../fixtures/lostTasks';
import { startCluster } from '../fixtures/startCluster';

const CALLS = 10_000;
const SESSIONS_AT_ONCE = 20;
/** A worker that takes a session over replays it, which two cores that have a load besides do in time for short sessions. */
const CALLS_OF_A_SESSION = 25;
/** From one replacement of a worker to the next. */
const CALLS_PER_WORKER = 400;

interface Kind {
  readonly tool: string;
  readonly ms: number;
}

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/everydayApp.ts' });
});
afterAll(() => cluster.stop());

test('while workers are added and drained, each call is answered, and its handler runs once', async () => {
  const kinds = Array.from({ length: CALLS }, (_, n) => kindOf(n));
  const problems: string[] = [];
  const inSecondAttempt = new Set<string>();
  const calls = [...kinds.entries()];
  const sessions = Array.from({ length: CALLS / CALLS_OF_A_SESSION }, (_, n) =>
    calls.slice(n * CALLS_OF_A_SESSION, (n + 1) * CALLS_OF_A_SESSION),
  ).values();
  let answered = 0;
  const replaced = replaceWorkers(() => answered);
  const makeCalls = async (client: BareClient, calls: Iterable<[number, Kind]>) => {
    for (const [n, kind] of calls) {
      const id = `call ${n}`;
      const outcome = await outcomeOf(client, id, kind);
      answered++;
      if (outcome === 'second attempt') inSecondAttempt.add(id);
      else if (outcome !== 'as expected') problems.push(outcome);
    }
  };
  const haveSessions = async (inFlight: number) => {
    for (const session of sessions) {
      const client = await new BareClient(cluster.url).open();
      const queue = session.values();
      await Promise.all(Array.from({ length: inFlight }, () => makeCalls(client, queue)));
      await client.delete();
    }
  };
  // Every second session has two calls in flight.
  await Promise.all(Array.from({ length: SESSIONS_AT_ONCE }, (_, i) => haveSessions(1 + (i % 2))));
  const exits = await replaced;

  expect(problems).toEqual([]);
  const runs = countsOf(cluster.ledger.entries().map(({ what }) => what));
  const expected = kinds.flatMap(({ tool }, n) => [
    `call ${n}`,
    ...(tool === 'steps' ? [`call ${n} step`] : []),
  ]);
  const mayRunAgain = (what: string) => inSecondAttempt.has(what.replace(' step', ''));
  expect(expected.filter((what) => !runs.has(what))).toEqual([]);
  expect([...runs].filter(([what, times]) => times > (mayRunAgain(what) ? 2 : 1))).toEqual([]);
  expect(runs.size).toBe(expected.length);
  expect(inSecondAttempt.size).toBeLessThan(CALLS / 50);
  expect(exits.length).toBeGreaterThan(2);
  expect(exits).toEqual(exits.map(() => 0));
}, 1_800_000);

/** 7 of 10 calls are quick. The longest take far less than the 10 s that a drained worker has. */
function kindOf(n: number): Kind {
  const [turn, round] = [n % 20, Math.floor(n / 20)];
  if (turn < 14) return { tool: 'waits', ms: 0 };
  if (turn === 14) return { tool: 'waits', ms: 5 + (round % 36) };
  if (turn === 15) return { tool: 'waits', ms: 60 + (round % 341) };
  if (turn === 16) return { tool: 'steps', ms: round % 100 };
  if (turn === 17) return { tool: 'reports', ms: round % 100 };
  if (turn === 18) return { tool: 'writes', ms: round };
  return { tool: 'computes', ms: 0 };
}

/**
 * Makes the call. A machine that is too slow for a workflow task's 5 s loses the task, and the calls that began
 * in it have a second attempt; nothing else excuses one.
 */
async function outcomeOf(client: BareClient, id: string, kind: Kind): Promise<string> {
  const began = Date.now();
  const stream = await client.call(id, kind.tool, { id, ms: kind.ms });
  await until(() => stream.closed, 300_000);
  const { messages } = stream;
  if (isDeepStrictEqual(messages, messagesOf(id, kind, 1))) return 'as expected';
  const isSecond = isDeepStrictEqual(messages, messagesOf(id, kind, 2));
  const { events } = await (await cluster.workflowOf(client.sessionId)).fetchHistory();
  if (isSecond && hasLostTask(events ?? [], began)) return 'second attempt';
  return `${client.sessionId}, ${id}, ${kind.tool}: ${JSON.stringify(messages)}`;
}

function messagesOf(id: string, { tool }: Kind, attempt: number): unknown[] {
  const params = { progressToken: `progress-${id}`, progress: 1, total: 1 };
  const progress = { jsonrpc: '2.0', method: 'notifications/progress', params };
  const result = { content: [{ type: 'text', text: `${id} in attempt ${attempt}` }] };
  return [...(tool === 'reports' ? [progress] : []), { jsonrpc: '2.0', id, result }];
}

function countsOf(all: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const each of all) counts.set(each, (counts.get(each) ?? 0) + 1);
  return counts;
}

/** Starts a worker and drains the oldest, again and again. Resolves with the exit codes of the drained. */
async function replaceWorkers(answered: () => number): Promise<(number | null)[]> {
  const exits: (number | null)[] = [];
  for (let after = 0; after < CALLS; after = answered() + CALLS_PER_WORKER) {
    await until(() => answered() >= Math.min(after, CALLS), 600_000);
    await cluster.startWorker();
    const oldest = cluster.workers.shift()!;
    await oldest.stop();
    exits.push(await oldest.exited);
  }
  return exits;
}
