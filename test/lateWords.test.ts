/**
 * A notification that a timer of an unchanged server sends after the response arrives on its session's
 * stream, as with the SDK's own transport.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await startCluster({ app: 'test/fixtures/existingServers.ts', workers: 1 });
});
afterEach(() => cluster.stop());

test.each(['speaks later', 'speaks later, 2.x'])('%s', async (name) => {
  const client = await new BareClient(cluster.url, undefined, name).open();
  const listening = await client.get();
  const call = await client.call(1, 'later');
  await call.ended();
  expect(call.text).toBe('answered');
  cluster.ledger.open('later');
  await until(() => listening.messages.length === 2);
  expect(listening.messages).toMatchObject([{ params: { data: 'first' } }, { params: { data: 'second' } }]);
  expect(call.messages).toHaveLength(1);
  listening.cut();
});

test('a server that has something to close is closed at once, and its timer learns it', async () => {
  const client = await new BareClient(cluster.url, undefined, 'speaks later, closed').open();
  await (await client.call(1, 'later')).ended();
  cluster.ledger.open('later');
  await until(() => cluster.ledger.count('could not be said') === 2);
});
