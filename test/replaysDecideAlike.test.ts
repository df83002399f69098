/**
 * The workflow must decide neither by `historyLength` nor by the moments at which local activities end: a replay
 * leaves out the tasks that only kept one alive, and hands over the ends of several at once, so it would be
 * non-deterministic. (workflows/commandBudget.ts, workflows/runLength.ts)
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { replay } from './fixtures/replay';
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

interface Sent {
  readonly tool: string;
  readonly args: object;
  /** The task queue of a node that is to be woken. */
  readonly wakeAt?: string;
}

async function openSession() {
  const client = await new BareClient(cluster.url).open();
  const session = await cluster.workflowOf(client.sessionId);
  const inFlight = async () => (await session.describe()).raw.pendingActivities?.length ?? 0;
  const isQuiet = async () => {
    const { pendingActivities, pendingWorkflowTask } = (await session.describe()).raw;
    return !pendingWorkflowTask && !pendingActivities?.length;
  };
  const untilQuiet = () => until(isQuiet, 120_000);
  await untilQuiet(); // its first workflow task is over
  const [worker] = cluster.workers;
  let id = 0;
  /** The requests come to the session in one workflow task. */
  async function sendTogether(calls: readonly Sent[]): Promise<void> {
    worker!.freeze();
    for (const { tool, args, wakeAt } of calls) {
      const message = client.callMessage(id++, tool, { ...args });
      const request = { message, policy: POLICY, digest: `${id}`, postId: randomUUID(), wakeAt };
      await session.signal('request', request);
    }
    worker!.thaw();
  }
  return { session, inFlight, untilQuiet, sendTogether };
}

const copies = (count: number, of: Sent): Sent[] => Array.from({ length: count }, () => of);

test('quick calls and others that began in one workflow task are replayed in the order of their ends', async () => {
  const { session, inFlight, untilQuiet, sendTogether } = await openSession();
  // For each quick call that ends the workflow wakes a node, between the activities of the others. (workflows/turns.ts)
  const quick = () => ({ tool: 'echo', args: { value: 'quick' }, wakeAt: `nobody-${randomUUID()}` });
  const slow = { tool: 'sleeps', args: { name: 'slow' } };
  await sendTogether(copies(10, slow).flatMap((each) => [quick(), each]));
  await until(async () => (await inFlight()) === 10);
  await sendTogether(copies(120, slow).flatMap((each) => [quick(), each])); // of which some wait for a place
  cluster.ledger.open('slow');
  await untilQuiet();
  await replay(await session.fetchHistory());
}, 300_000);

test('a session replays whose calls began in one workflow task, and went on in several', async () => {
  const { session, untilQuiet, sendTogether } = await openSession();
  await sendTogether(copies(BURST, { tool: 'echo', args: { value: 'quick' } }));
  await untilQuiet();
  cluster.ledger.open('app is held');
  await sendTogether(copies(HELD, { tool: 'echo', args: { value: 'x'.repeat(90_000) } }));
  await until(() => cluster.ledger.count('app is held') === HELD);
  cluster.ledger.open('app fails');
  await untilQuiet();
  const history = await session.fetchHistory();
  const ended = history.events?.filter((event) => event.activityTaskCompletedEventAttributes) ?? [];
  expect(ended.length).toBeGreaterThan(HELD);
  await replay(history);
}, 300_000);
