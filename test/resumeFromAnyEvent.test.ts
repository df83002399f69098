/**
 * Features, rows 24, 26, 27, 28 and 35: a stream can be resumed after any of its events, and carries no event
 * of another stream.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { progressOf } from './fixtures/progressOf';
import { startCluster } from './fixtures/startCluster';
import { runs } from './fixtures/alwaysSuspending';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

test('dropped after event k of n, exactly k+1 to n come, in order, of that stream only', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const [stream, other] = await Promise.all([
    client.call('a', 'count', { to: 6 }),
    client.call('b', 'count', { to: 4 }),
  ]);
  await Promise.all([stream.ended(), other.ended()]);
  expect(progressOf(stream.messages)).toEqual([1, 2, 3, 4, 5, 6]);
  // a priming event, six progress and six log messages, the response
  expect(stream.events).toHaveLength(14);
  client.url = cluster.nodes[1]!.ready;
  for (let k = 0; k < stream.events.length - 1; k++) {
    const rest = await client.get(stream.events[k]!.id);
    await rest.ended();
    expect(rest.events.slice(1)).toEqual(stream.events.slice(k + 1));
  }
});

test('what was answered while nobody listened is fetched later: with an event id, or by asking again', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const stream = await client.call(1, 'gated', { name: 'unheard' });
  await stream.has(1);
  stream.cut();
  cluster.ledger.open('unheard');
  await until(() => cluster.ledger.find('unheard ended'));
  for (const node of cluster.nodes) {
    client.url = node.ready;
    for (const ask of [
      () => client.get(stream.events[0]!.id),
      () => client.call(1, 'gated', { name: 'unheard' }),
    ]) {
      const again = await ask();
      await again.ended();
      expect(again.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'unheard done' }] } }]);
    }
  }
  expect(cluster.ledger.count('unheard started')).toBe(runs(1));
});

test('after the last event there is nothing to wait for', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'echo', { value: 'x' });
  await stream.ended();
  const rest = await client.get(stream.events.at(-1)!.id);
  expect(rest.response.status).toBe(204);
});

test("an event id of another session, or of none, yields an error and nobody's data", async () => {
  const [owner, stranger] = await Promise.all([
    new BareClient(cluster.url).open(),
    new BareClient(cluster.url).open(),
  ]);
  const stream = await owner.call(1, 'echo', { value: 'secret' });
  await stream.ended();
  const id = stream.events[0]!.id!;
  const [run] = id.split('.');
  for (const forged of [id, `${run}.999999.0.session`, 'nonsense', `${run}.1.0.post-x`, `${id}0`, '0']) {
    const response = (await stranger.get(forged)).response;
    expect(response.status).toBe(400);
    expect(await response.text().catch(() => '')).not.toContain('secret');
  }
  const spelled = id.replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1)); // another spelling that decodes to the same bytes
  expect((await owner.get(spelled)).response.status).toBe(400);
  const unknownStream = await owner.get(`${run}.5.0.post-${Buffer.from('"no such"').toString('base64url')}`);
  expect(unknownStream.response.status).toBe(400);
});

test('a silent call is primed with an event id, and can be resumed from it alone', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const stream = await client.call(1, 'gated', { name: 'silent' });
  await stream.has(1);
  expect(stream.events[0]).toMatchObject({ id: expect.any(String), data: '' });
  stream.cut();
  client.url = cluster.nodes[1]!.ready;
  const rest = await client.get(stream.events[0]!.id);
  cluster.ledger.open('silent');
  await rest.ended();
  expect(rest.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'silent done' }] } }]);
});

test('a handler may close the connection early: the client is told when to poll, and gets the rest', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const stream = await client.call(1, 'closes-stream');
  await stream.ended();
  expect(progressOf(stream.messages)).toEqual([1]);
  expect(stream.messages).toHaveLength(1);
  expect(stream.retries).toHaveLength(1);
  client.url = cluster.nodes[1]!.ready;
  const polled = await client.get(stream.events[0]!.id);
  await polled.has(2);
  cluster.ledger.open('closed');
  await polled.ended();
  expect(progressOf(polled.messages)).toEqual([1]);
  expect(polled.messages.at(-1)).toMatchObject({ id: 1, result: { content: [{ text: 'polled' }] } });
});

test('a node that stops tells its clients when to come back', async () => {
  const node = await cluster.startNode();
  const client = await new BareClient(node.ready).open();
  const stream = await client.call(1, 'gated', { name: 'drained' });
  await stream.has(1);
  await node.stop();
  await stream.ended();
  cluster.nodes.pop();
  expect(await node.exited).toBe(0);
  expect(stream.retries).toHaveLength(1);
  client.url = cluster.nodes[0]!.ready;
  const rest = await client.get(stream.events[0]!.id);
  cluster.ledger.open('drained');
  await rest.ended();
  expect(rest.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'drained done' }] } }]);
});

test('clients of older revisions get no event without data', async () => {
  const client = await new BareClient(cluster.url, '2025-06-18').open();
  const stream = await client.call(1, 'echo', { value: 'old' });
  await stream.ended();
  expect(stream.events).toHaveLength(1);
  expect(stream.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'old' }] } }]);
});

test('killed after 3 of 6 progress and log messages, the client sees 1 to 6 once each, in order', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'count', { to: 6, pauseAt: 3 });
  await until(() => cluster.ledger.find('paused'));
  await until(() => progressOf(stream.messages).length === 3);
  await cluster.killWhoDid('paused');
  await until(() => cluster.ledger.count('paused') === 2);
  cluster.ledger.open('count');
  await stream.ended();
  expect(progressOf(stream.messages)).toEqual([1, 2, 3, 4, 5, 6]);
  const logged = stream.messages.flatMap((message) =>
    'method' in message && message.method === 'notifications/message' ? [message.params?.data] : [],
  );
  expect(logged).toEqual([1, 2, 3, 4, 5, 6].map((i) => ({ i })));
  expect(stream.messages.at(-1)).toMatchObject({ id: 1, result: { content: [{ text: 'counted to 6' }] } });
});
