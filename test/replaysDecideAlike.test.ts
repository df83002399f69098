/**
 * The workflow must decide neither by `historyLength` nor by the moments at which local activities end: a replay
 * leaves out the tasks that only kept one alive, and hands over the ends of several at once, so it would be
 * non-deterministic. (workflows/commandBudget.ts, workflows/runLength.ts)
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
  inlineFirst: true,
};
/** More calls than begin inside of one workflow task (workflows/call/inline.ts). */
const BURST = 70;
/** The beginnings of these calls fit into one workflow task, but not together with the activities that adopt them. */
const HELD = 20;

test('a session replays whose calls began in one workflow task, and went on in several', async () => {
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
  await sendTogether(HELD, 'x'.repeat(90_000));
  await until(() => cluster.ledger.count('app is held') === HELD);
  cluster.ledger.open('app fails');
  await until(isQuiet);
  const history = await session.fetchHistory();
  const ended = history.events?.filter((event) => event.activityTaskCompletedEventAttributes) ?? [];
  expect(ended.length).toBeGreaterThan(HELD);
  const workflowBundle = { codePath: path.join(ROOT, 'dist/workflows.bundle.js') };
  await Worker.runReplayHistory({ workflowBundle }, history, 'mcp-session-replayed');
}, 180_000);
