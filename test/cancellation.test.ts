/** Features, row 37: a cancelled request stops its handler and gets no response. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, connect, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1 });
});
afterAll(() => cluster.stop());

const cancel = (requestId: unknown) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId, reason: 'enough' },
});

// Id 0 is the first id of the official client, and the SDK's own handling of `notifications/cancelled` ignores it.
test.each([0, 1, 'text'])('the handler of request %p hears it, and no response is sent', async (id) => {
  const client = await new BareClient(cluster.url).open();
  const name = `cancel-${id}`;
  const stream = await client.call(id, 'gated', { name });
  await until(() => cluster.ledger.find(`${name} started`));
  expect((await client.post(cancel(id))).status).toBe(202);
  await stream.ended();
  expect(stream.messages).toEqual([]);
  await until(() => cluster.ledger.find(`${name} aborted`));
  expect(cluster.ledger.count(`${name} started`)).toBe(1);

  const rest = await client.get(stream.events[0]!.id);
  expect(rest.response.status).toBe(204);
  const next = await client.call('next', 'echo', { value: 'the session goes on' });
  await next.ended();
  expect(next.messages).toHaveLength(1);
});

test('cancelling what is unknown or has ended changes nothing', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'echo', { value: 'x' });
  await stream.ended();
  for (const id of [1, 2, 'no such', null, { nested: true }]) {
    expect((await client.post(cancel(id))).status).toBe(202);
  }
  const again = await client.call(1, 'echo', { value: 'x' });
  await again.ended();
  expect(again.messages).toEqual(stream.messages);
});

test('a handler that has ended well hears of no abort', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'gated', { name: 'well' });
  cluster.ledger.open('well');
  await stream.ended();
  await (await client.call(2, 'echo', { value: 'later' })).ended();
  expect(stream.text).toBe('well done');
  expect(cluster.ledger.find('well heard of an abort')).toBeUndefined();
});

test("the official client's abort reaches the handler", async () => {
  const { client } = await connect(cluster.url);
  const abort = new AbortController();
  const call = client.callTool({ name: 'gated', arguments: { name: 'abort' } }, undefined, {
    signal: abort.signal,
  });
  await until(() => cluster.ledger.find('abort started'));
  abort.abort('changed my mind');
  await expect(call).rejects.toThrow(/changed my mind/);
  await until(() => cluster.ledger.find('abort aborted'));
  expect(cluster.ledger.find('abort heard of an abort')).toBeDefined();
  await client.close();
});
