/**
 * Temporal's UI may show sessions, and so query them, while workers are replaced under load: no session stands still,
 * and each can be replayed. (workflows/replayOrder.ts)
 */
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { queryAsUi } from '../fixtures/queryAsUi';
import { replay } from '../fixtures/replay';
import { startCluster } from '../fixtures/startCluster';

const REPLACED = 20;
/** Short sessions, since under this load a worker has not replayed a long one before it is replaced itself. */
const CALLS_OF_A_SESSION = 100;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/quickApp.ts', workers: 2 });
});
afterAll(() => cluster.stop());

test('sessions that are queried while workers are replaced go on, and can be replayed', async () => {
  const sessions: string[] = [];
  let over = false;
  let queries = 0;

  const query = async (sessionId: string, isDone: () => boolean) => {
    const workflow = await cluster.workflowOf(sessionId);
    for (; !isDone(); await pass(60 + Math.random() * 640))
      void queryAsUi(workflow).then(
        () => queries++,
        () => undefined, // its worker has gone
      );
  };
  const haveSession = async () => {
    const client = await new BareClient(cluster.url).open();
    sessions.push(client.sessionId);
    let begun = 0;
    const call = async () => {
      while (begun < CALLS_OF_A_SESSION && !over) {
        const n = begun++;
        // Around the 50 ms after which a call goes on as an activity.
        const stream = await client.call(n, 'flaky', { failures: 0, afterMs: 20 + (n % 7) * 10 });
        await until(() => stream.closed, 120_000);
      }
    };
    const calls = Promise.all([call(), call(), call(), call()]);
    let isDone = false;
    await Promise.all([query(client.sessionId, () => isDone), calls.finally(() => (isDone = true))]);
  };
  const haveSessions = async () => {
    while (!over) await haveSession();
  };

  const load = Promise.all([haveSessions(), haveSessions(), haveSessions()]);
  const replaceWorkers = async () => {
    for (let n = 0; n < REPLACED; n++) {
      await cluster.startWorker();
      await cluster.workers.shift()!.stop();
    }
  };
  await Promise.all([load, replaceWorkers().finally(() => (over = true))]);

  expect(queries).toBeGreaterThan(REPLACED);
  for (const sessionId of sessions) {
    const workflow = await cluster.workflowOf(sessionId);
    await expect(workflow.fetchHistory().then(replay)).resolves.toBeUndefined();
  }
}, 600_000);
