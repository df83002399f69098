/**
 * The workflow decides nothing by the length of its history: a replay leaves out the tasks that only kept a long local activity alive, and
 * sees another length at the same place. (workflows/taskRoom.ts, workflows/runLength.ts)
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { ROOT } from './fixtures/root';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/greedyApp.ts', workers: 1 });
});
afterAll(() => cluster.stop());

/** What one workflow task has room for. (workflows/taskRoom.ts) */
const CALLS = 58;
const POLICY = {
  delivery: 'at-least-once',
  maximumAttempts: 1,
  initialIntervalMs: 1,
  timeoutMs: 60_000,
  short: true,
};

test('a session replays whose short calls outlived their workflow task, and then went the ordinary way', async () => {
  const client = await new BareClient(cluster.url).open();
  const session = await cluster.workflowOf(client.sessionId);
  const [worker] = cluster.workers;
  cluster.ledger.open('app is held');
  worker!.freeze(); // so that all come in one task
  for (let id = 0; id < CALLS; id++) {
    const message = client.callMessage(id, 'echo', { value: 'x'.repeat(4_000) });
    await session.signal('request', { message, policy: POLICY, digest: `${id}`, postId: randomUUID() });
  }
  worker!.thaw();
  await until(() => cluster.ledger.count('app is held') === CALLS);
  const { historyLength } = await session.describe();
  await until(async () => (await session.describe()).historyLength > historyLength); // such a task
  cluster.ledger.open('app fails');
  const history = await until(async () => {
    const { events } = await session.fetchHistory();
    const ended = events?.filter((event) => event.activityTaskCompletedEventAttributes) ?? [];
    return ended.length === CALLS && { events };
  });
  const workflowBundle = { codePath: path.join(ROOT, 'dist/workflows.bundle.js') };
  await Worker.runReplayHistory({ workflowBundle }, history, 'mcp-session-replayed');
}, 180_000);
