/**
 * `durability: { execution: 'node' }`: the node runs a read-only tool by itself. These tests also assert the
 * price: nothing is recorded.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isJSONRPCResultResponse } from '@modelcontextprotocol/sdk/types.js';
import { BareClient, type Cluster, waitUntilIdle, startCommand, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/passingApp.ts', workers: 1 });
});
afterAll(() => cluster.stop());

const historyLength = async ({ sessionId }: BareClient) =>
  (await waitUntilIdle(await cluster.workflowOf(sessionId))).events.length;

test('a call is answered by its node alone: no event is written, and what it says has no id', async () => {
  const client = await new BareClient(cluster.url).open();
  await (await client.call('paint', 'paint')).ended();
  await client.ask('logging/setLevel', { level: 'info' });
  const before = await historyLength(client);
  const stream = await client.call(1, 'look', { name: 'seen' });
  await stream.has(1); // progress arrives while the handler still runs
  cluster.ledger.open('seen');
  await stream.ended();
  expect(stream.text).toBe(`seen seen by ${client.sessionId}, green`);
  expect(stream.messages).toMatchObject([{ method: 'notifications/progress' }, { id: 1 }]);
  expect(stream.events.map(({ id }) => id)).toEqual([undefined, undefined]);
  expect(cluster.nodes.map(({ pid }) => pid)).toContain(cluster.ledger.find('seen looked')?.pid);
  expect(await historyLength(client)).toBe(before);
});

test('kill the node during a call: nothing comes back, and the same request runs again on another', async () => {
  const client = await new BareClient(cluster.url).open();
  const lost = await client.call(1, 'look', { name: 'lost' });
  await until(() => cluster.ledger.find('lost looked'));
  const victim = cluster.nodes.findIndex(({ pid }) => pid === cluster.ledger.find('lost looked')?.pid);
  await cluster.nodes.splice(victim, 1)[0]?.kill();
  await lost.ended();
  expect(lost.messages.filter(isJSONRPCResultResponse)).toEqual([]);
  cluster.ledger.open('lost');
  const again = await client.call(1, 'look', { name: 'lost' });
  await again.ended();
  expect(again.text).toMatch(/^lost seen/);
  expect(cluster.ledger.count('lost looked')).toBe(2);
  await cluster.startNode();
});

test('what a handler says after its answer, which is not read, does not end its node', async () => {
  const client = await new BareClient(cluster.url).open();
  const message = client.callMessage(1, 'says-late');
  const abort = new AbortController();
  const unread = await client.post(message, {}, abort.signal);
  await until(() => cluster.ledger.find('said late'));
  const node = cluster.nodes.find(({ pid }) => pid === cluster.ledger.find('said late')?.pid);
  client.url = node!.ready;
  expect(await client.ask('ping')).toMatchObject({ result: {} });
  expect(unread.bodyUsed).toBe(false);
  abort.abort();
});

test('a cancellation at any node, and a client that leaves, abort the handler', async () => {
  const client = await new BareClient(cluster.url).open();
  const [one, other] = cluster.nodes.map(({ ready }) => ready);
  client.url = one!;
  const cancelled = await client.call(1, 'look', { name: 'cancelled' });
  await until(() => cluster.ledger.find('cancelled looked'));
  client.url = other!;
  await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
  await cancelled.ended();
  await until(() => cluster.ledger.find('cancelled aborted'));
  expect(cancelled.messages.filter(isJSONRPCResultResponse)).toEqual([]);

  const left = await client.call(2, 'look', { name: 'left' });
  await until(() => cluster.ledger.find('left looked'));
  left.cut();
  await until(() => cluster.ledger.find('left aborted'));
});

test('a handler that has ended well is not aborted; its server serves the next call, for a second at most', async () => {
  const { ready } = await cluster.startNode(); // a single node, since each node builds its own servers
  const client = await new BareClient(ready).open();
  const calls: { asked: number; built: number }[] = [];
  const servers = () => new Set(calls.map(({ built }) => built)).size;
  await until(async () => {
    const asked = Date.now();
    const stream = await client.call(calls.length, 'built');
    await stream.ended();
    calls.push({ asked, built: Number(stream.text) });
    return servers() > 1 && servers() < calls.length;
  });
  for (const { asked, built } of calls) expect(asked - built).toBeLessThanOrEqual(1_000);
  expect(cluster.ledger.find('built aborted')).toBeUndefined();
});

const listing = { jsonrpc: '2.0', id: 'list', method: 'resources/list' };

test('a silent call and a slow list have headers soon, and are not silent for long', async () => {
  const client = await new BareClient(cluster.url).open();
  const [called, listed] = await Promise.all([
    client.post(client.callMessage(1, 'silent', { name: 'silent' })),
    client.post(listing),
  ]);
  const readers = [called, listed].map(({ body }) => body!.pipeThrough(new TextDecoderStream()).getReader());
  for (const reader of readers) expect((await reader.read()).value).toBe(': keep-alive\n\n');
  cluster.ledger.open('silent');
  cluster.ledger.open('listed');
  const [result, list] = await Promise.all(readers.map((reader) => reader.read()));
  expect(result?.value).toMatch(/^event: message\ndata: \{.*"silent done".*\}\n\n$/);
  expect(list?.value).toMatch(/^event: message\ndata: \{.*"slow:\/\/1".*\}\n\n$/);
});

test('what fails after its headers are out is an error in the stream', async () => {
  const own = await startCluster({ app: 'test/fixtures/passingApp.ts', nodes: 1, workers: 1 });
  try {
    const client = await new BareClient(own.url).open();
    const answer = await client.post(listing);
    expect(answer.status).toBe(200);
    await client.delete();
    own.ledger.open('listed');
    expect(await answer.text()).toMatch(/^event: message\ndata: \{.*"id":"list".*"code":-32001.*\}\n\n$/);
  } finally {
    await own.stop();
  }
});

test('one JSON body does not begin before its end', async () => {
  const { address, taskQueue } = cluster;
  const target = ['--temporal', address, '--task-queue', taskQueue, '--port', '0', '--json-responses'];
  const env = { LEDGER: cluster.ledger.folder };
  const node = await startCommand(['http', 'test/fixtures/passingApp.ts', ...target], env);
  try {
    const client = await new BareClient(node.ready).open();
    const answer = client.post(client.callMessage(1, 'silent', { name: 'body' }));
    let hasBegun = false;
    void answer.then(() => (hasBegun = true));
    await until(() => cluster.ledger.find('body began'));
    const other = await new BareClient(cluster.url).open();
    await other.post(other.callMessage(1, 'silent', { name: 'stream' })); // resolves once its headers have come, which takes a while
    expect(hasBegun).toBe(false);
    for (const gate of ['body', 'stream']) cluster.ledger.open(gate);
    expect(await (await answer).json()).toMatchObject({
      id: 1,
      result: { content: [{ text: 'body done' }] },
    });
  } finally {
    await node.stop();
  }
});

test('what would have to be written down is refused', async () => {
  const client = await new BareClient(cluster.url).open();
  for (const [tool, what] of [
    ['step', 'no steps'],
    ['keep', 'no state to write'],
  ] as const) {
    const stream = await client.call(tool, tool);
    await stream.ended();
    expect(stream.result.isError).toBe(true);
    expect(stream.text).toContain(what);
  }
});
