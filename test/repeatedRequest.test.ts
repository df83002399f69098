/** Design, "Guarantees": a repeated POST joins its call, running or finished; another request under a used id is refused. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { runs } from './fixtures/alwaysSuspending';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1 });
});
afterAll(() => cluster.stop());

test('while it runs: the second connection takes the stream over, from its beginning, and the first waits for the response', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const first = await client.call(1, 'gated', { name: 'shared' });
  await until(() => cluster.ledger.find('shared started'));
  client.url = cluster.nodes[1]!.ready;
  const second = await client.call(1, 'gated', { name: 'shared' });
  expect(first.messages).toEqual([]);
  cluster.ledger.open('shared');
  await second.ended();
  await first.ended();
  expect(first.messages).toEqual(second.messages);
  expect(second.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'shared done' }] } }]);
  expect(cluster.ledger.count('shared started')).toBe(runs(1));
});

test('after it has ended: the same answer, and no second run', async () => {
  const client = await new BareClient(cluster.url).open();
  const first = await client.call(1, 'flaky', { failures: 0 });
  await first.ended();
  const second = await client.call(1, 'flaky', { failures: 0 });
  await second.ended();
  expect(second.messages).toEqual(first.messages);
  expect(cluster.ledger.count('flaky ran')).toBe(runs(1));

  const [priming] = second.events;
  expect(priming).toMatchObject({ id: expect.any(String), data: '' });
  const rest = await client.get(priming?.id); // resumes after the priming event, as a client that has read nothing else
  await rest.ended();
  expect(rest.messages).toEqual(first.messages);
});

test('the same id with other content is refused, and the first call is not touched', async () => {
  const client = await new BareClient(cluster.url).open();
  const first = await client.call(7, 'gated', { name: 'kept' });
  await until(() => cluster.ledger.find('kept started'));
  const other = await client.post(client.callMessage(7, 'echo', { value: 'other' }));
  expect(other.status).toBe(400);
  expect(await other.json()).toMatchObject({
    error: { code: -32600, message: expect.stringMatching(/id was used/) },
  });
  cluster.ledger.open('kept');
  await first.ended();
  expect(first.messages).toMatchObject([{ id: 7, result: { content: [{ text: 'kept done' }] } }]);
});

test('where a request stands in a trace is no content: it joins; other metadata is', async () => {
  const client = await new BareClient(cluster.url).open();
  const message = (meta?: object) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'flaky', arguments: { failures: 0 }, _meta: meta },
  });
  const ran = cluster.ledger.count('flaky ran');
  const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
  const first = await (await client.post(message(trace))).text();
  expect(first).toContain('worked at attempt');
  const others = [{ traceparent: '00-1', tracestate: 'a=b', baggage: 'c=d' }, { baggage: 'e=f' }, undefined];
  for (const meta of others)
    expect(await (await client.post(message(meta))).text()).toContain('worked at attempt');
  expect(cluster.ledger.count('flaky ran')).toBe(ran + runs(1));
  expect((await client.post(message({ ...trace, progressToken: 1 }))).status).toBe(400);
});

test('1 and "1" are different requests', async () => {
  const client = await new BareClient(cluster.url).open();
  const [a, b] = await Promise.all([
    client.call(1, 'echo', { value: 'number' }),
    client.call('1', 'echo', { value: 'string' }),
  ]);
  await Promise.all([a.ended(), b.ended()]);
  expect(a.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'number' }] } }]);
  expect(b.messages).toMatchObject([{ id: '1', result: { content: [{ text: 'string' }] } }]);
});
