/**
 * The workflow must not decide by `historyLength`: a replay skips the workflow tasks that only kept a long local
 * activity alive, so it sees other lengths at the same place of the code, and would be non-deterministic.
 * (workflows/commandBudget.ts, workflows/runLength.ts)
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

const POLICY = {
  delivery: 'at-least-once',
  maximumAttempts: 1,
  initialIntervalMs: 1,
  timeoutMs: 60_000,
  short: true,
};
/** More inline calls than fit into one workflow task (workflows/commandBudget.ts). */
const BURST = 70;
/** These inline calls fit into one workflow task, but not together with the activities that follow their failure. */
const HELD = 40;

test('a session replays whose short calls outlived their workflow task, and then went the ordinary way', async () => {
  const client = await new BareClient(cluster.url).open();
  const session = await cluster.workflowOf(client.sessionId);
  const isQuiet = async () => (await cluster.stateOf(client.sessionId)).callsInFlight.length === 0;
  const [worker] = cluster.workers;
  let id = 0;
  async function sendTogether(count: number, value: string): Promise<void> {
    worker!.freeze();
    for (let i = 0; i < count; i++) {
      const message = client.callMessage(id++, 'echo', { value });
      await session.signal('request', { message, policy: POLICY, digest: `${id}`, postId: randomUUID() });
    }
    worker!.thaw();
  }

  await sendTogether(BURST, 'quick');
  await until(isQuiet);
  cluster.ledger.open('app is held');
  await sendTogether(HELD, 'x'.repeat(16_000));
  await until(() => cluster.ledger.count('app is held') === HELD);
  const { historyLength } = await session.describe();
  await until(async () => (await session.describe()).historyLength > historyLength); // Temporal has added heartbeat tasks
  cluster.ledger.open('app fails');
  await until(isQuiet);
  const history = await session.fetchHistory();
  const ended = history.events?.filter((event) => event.activityTaskCompletedEventAttributes) ?? [];
  expect(ended).toHaveLength(HELD);
  const workflowBundle = { codePath: path.join(ROOT, 'dist/workflows.bundle.js') };
  await Worker.runReplayHistory({ workflowBundle }, history, 'mcp-session-replayed');
}, 180_000);
