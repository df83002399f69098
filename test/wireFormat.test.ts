/**
 * The exact bytes of a stream. Many clients have their own SSE parsers, so bytes that break some of these parsers are
 * not sent.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, startCommand, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1 });
});
afterAll(() => cluster.stop());

const echo = (client: BareClient, id: number, value: string) =>
  client.post(client.callMessage(id, 'echo', { value })).then((response) => response.text());

const MESSAGE = String.raw`event: message\nid: \S+\ndata: \{.+\}\n\n`;

test('a stream begins with an event id, and no time to reconnect after; each message is named', async () => {
  const client = await new BareClient(cluster.url).open();
  expect(await echo(client, 1, 'x')).toMatch(new RegExp(String.raw`^id: \S+\ndata: \n\n${MESSAGE}$`));
  const counted = await client.post(client.callMessage(2, 'count', { to: 2 }));
  expect(await counted.text()).toMatch(new RegExp(String.raw`^id: \S+\ndata: \n\n(${MESSAGE}){5}$`));
});

test('for clients of older revisions it begins with the headers, at once, and nothing else', async () => {
  const client = await new BareClient(cluster.url, '2025-06-18').open();
  const silent = await client.post(client.callMessage(1, 'gated', { name: 'old' })); // resolves when the headers have come
  await until(() => cluster.ledger.find('old started'));
  cluster.ledger.open('old');
  expect(await silent.text()).toMatch(new RegExp(`^${MESSAGE}$`));
});

test('what a node answers by itself is named as well', async () => {
  const client = await new BareClient(cluster.url).open();
  const pong = await client.post({ jsonrpc: '2.0', id: 'ping', method: 'ping' });
  expect(await pong.text()).toBe('event: message\ndata: {"jsonrpc":"2.0","id":"ping","result":{}}\n\n');
});

/** All characters but `\n` that some SSE parser takes for the end of a line. */
const LINE_ENDS = ['\r', '\v', '\f', '\u001c', '\u001d', '\u001e', '\u0085', '\u2028', '\u2029'];

test('characters that end a line for some readers stand in no event; the message is the same', async () => {
  const client = await new BareClient(cluster.url).open();
  const value = `a${LINE_ENDS.join('b')}c\\u2028d`;
  const called = await echo(client, 1, value);
  const unknown = await client.post(client.callMessage(2, `no${value}`));
  for (const text of [called, await unknown.text()]) {
    for (const end of LINE_ENDS) expect(text).not.toContain(end);
    const data = /^data: (\{.*\})$/m.exec(text)?.[1] ?? '';
    expect(JSON.stringify(JSON.parse(data))).toContain(JSON.stringify(value).slice(1, -1));
  }
});

test('--reconnect-after writes the time at the start of each stream', async () => {
  const { address, taskQueue } = cluster;
  const target = ['--temporal', address, '--task-queue', taskQueue, '--port', '0'];
  const node = await startCommand(['http', 'test/fixtures/app.ts', ...target, '--reconnect-after', '7s']);
  try {
    const [client, old] = await Promise.all([
      new BareClient(node.ready).open(),
      new BareClient(node.ready, '2025-06-18').open(),
    ]);
    expect(await echo(client, 1, 'x')).toMatch(/^id: \S+\nretry: 7000\ndata: \n\nevent: message\n/);
    expect(await echo(old, 1, 'x')).toMatch(/^retry: 7000\n\nevent: message\n/);
    const listener = await client.get();
    await node.stop();
    await listener.ended();
    expect(listener.retries).toEqual([7_000, 7_000]);
  } finally {
    await node.kill();
  }
});
