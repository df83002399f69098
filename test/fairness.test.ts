/**
 * A session with many queued calls does not delay another session's call: Temporal dispatches calls by
 * fairness key, which is the session.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1, workerArgs: ['--max-concurrent-calls', '1'] });
});
afterAll(() => cluster.stop());

test("a session's only call is run before nearly all of the 40 that another has sent before it", async () => {
  const [greedy, innocent] = await Promise.all([0, 1].map(() => new BareClient(cluster.url).open()));
  const inFlight = ({ sessionId }: BareClient, calls: number) =>
    until(async () => (await cluster.stateOf(sessionId)).callsInFlight.length === calls);
  const streams = await Promise.all(
    Array.from({ length: 40 }, (_, id) => greedy!.call(id, 'gated-once', { name: 'greedy' })),
  );
  await until(() => cluster.ledger.find('greedy started'));
  await inFlight(greedy!, 40);
  cluster.ledger.open('innocent');
  streams.push(await innocent!.call(1, 'gated-once', { name: 'innocent' }));
  await inFlight(innocent!, 1);
  cluster.ledger.open('greedy');
  for (const stream of streams) await stream.ended();
  const order = cluster.ledger.entries().map(({ what }) => what);
  expect(order).toHaveLength(41);
  expect(order.indexOf('innocent started')).toBeLessThan(10);
});
