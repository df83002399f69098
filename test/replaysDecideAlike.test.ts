/**
 * The workflow decides nothing by the length of its history: a replay leaves out the tasks that only kept a long local activity alive, and
 * sees another length at the same place. (workflows/taskRoom.ts, workflows/runLength.ts)
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { ROOT } from './fixtures/root';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/greedyApp.ts', workers: 1 });
});
afterAll(() => cluster.stop());

/** What one workflow task has room for, and some more. (workflows/taskRoom.ts) */
const CALLS = 70;
const AT_ONCE = 58;
const POLICY = {
  delivery: 'at-least-once',
  maximumAttempts: 1,
  initialIntervalMs: 1,
  timeoutMs: 120_000,
  short: true,
};

test('a session replays whose short calls outlived several workflow tasks', async () => {
  const client = await new BareClient(cluster.url).open();
  const session = await cluster.workflowOf(client.sessionId);
  const names = Array.from({ length: CALLS }, (_, i) => `short ${i}`);
  const hasHappened = (what: string) => names.filter((name) => cluster.ledger.find(`${name} ${what}`)).length;
  for (const [id, name] of names.entries()) {
    const message = client.callMessage(id, 'short-gated', { name });
    await session.signal('request', { message, policy: POLICY, digest: name, postId: randomUUID() });
  }
  await until(() => hasHappened('began') >= AT_ONCE);
  const { historyLength } = await session.describe();
  await until(async () => (await session.describe()).historyLength > historyLength + 2); // such a task
  cluster.ledger.open('short');
  await until(async () => {
    const { callsInFlight, callsWaiting } = await cluster.stateOf(client.sessionId);
    return callsInFlight.length + callsWaiting === 0;
  });
  expect(hasHappened('ended')).toBe(CALLS);

  const history = await session.fetchHistory();
  const workflowBundle = { codePath: path.join(ROOT, 'dist/workflows.bundle.js') };
  await Worker.runReplayHistory({ workflowBundle }, history, 'mcp-session-replayed');
}, 180_000);
