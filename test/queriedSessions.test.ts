/**
 * Queries, such as Temporal's UI makes, change nothing that a later replay would miss (workflows/replayOrder.ts).
 * Those that come while workers are replaced: test/long/queriedWhileReplaced.test.ts.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { runs } from './fixtures/alwaysSuspending';
import { queryAsUi } from './fixtures/queryAsUi';
import { replay } from './fixtures/replay';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/quickApp.ts', workers: 1 });
});
afterAll(() => cluster.stop());

test('sessions that are queried while their calls begin inline can be replayed', async () => {
  // The worker takes 20 ms for each thing, so calls begin and end while it has a query.
  const crowd = await new BareClient(cluster.url).open();
  const crowded = await crowd.call('crowd', 'crowds', { name: 'crowd' });
  await until(() => cluster.ledger.count('crowd crowds') > 0);
  const sessions = await Promise.all(Array.from({ length: 4 }, () => new BareClient(cluster.url).open()));
  await Promise.all(sessions.map(callAndQuery));
  cluster.ledger.open('crowd');
  await until(() => crowded.closed);
  for (const { sessionId } of sessions) {
    const workflow = await cluster.workflowOf(sessionId);
    await expect(workflow.fetchHistory().then(replay)).resolves.toBeUndefined();
  }
}, 120_000);

test('a session that is queried while its request waits for a worker answers it once', async () => {
  const clients = await Promise.all(Array.from({ length: 20 }, () => new BareClient(cluster.url).open()));
  await Promise.all(clients.map((client) => client.ask('ping')));
  await cluster.workers.shift()!.stop();
  const workflows = await Promise.all(clients.map(({ sessionId }) => cluster.workflowOf(sessionId)));
  const answered = Promise.allSettled(workflows.map(queryAsUi));
  // Temporal has the queries before the requests, and so does not give them to the worker with the requests' tasks.
  await Promise.all(workflows.map((workflow) => workflow.describe()));
  const long = 'x'.repeat(5_000); // goes as a signal, for which no worker is needed
  const streams = await Promise.all(clients.map((client) => client.call(1, 'echo', { value: long })));
  await cluster.startWorker();
  for (const stream of streams) await until(() => stream.closed, 60_000);
  await answered;
  expect(cluster.ledger.count('echo ran')).toBe(runs(clients.length));
  for (const workflow of workflows)
    await expect(workflow.fetchHistory().then(replay)).resolves.toBeUndefined();
}, 120_000);

async function callAndQuery(client: BareClient): Promise<void> {
  const workflow = await cluster.workflowOf(client.sessionId);
  let calling = 4;
  const call = async (caller: number) => {
    for (let n = 0; n < 20; n++) {
      const stream = await client.call(`${caller} ${n}`, 'uses', { what: 'a step' });
      await until(() => stream.closed, 60_000);
    }
    calling -= 1;
  };
  const query = async () => {
    while (calling > 0) await queryAsUi(workflow);
  };
  await Promise.all([call(1), call(2), call(3), call(4), query(), query()]);
}
