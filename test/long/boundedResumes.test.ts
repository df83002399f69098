/** Resuming a stream costs a node little memory, however long the stream and however slow the reader. */
import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createParser } from 'eventsource-parser';
import { BareClient, type Cluster, type RunningCommand, startCommand, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

const MESSAGES = 70;
const READERS = 30;
/** The node itself needs half of this heap. When pages were kept whole, each reader needed 40 MB. */
const HEAP_MB = 112;

let cluster: Cluster;
let node: RunningCommand;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1 });
  const args = ['--port', '0', '--temporal', cluster.address, '--task-queue', cluster.taskQueue];
  const env = { NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`, LEDGER: cluster.ledger.folder };
  node = await startCommand(['http', 'test/fixtures/app.ts', ...args], env);
});
afterAll(async () => {
  await node.kill();
  await cluster.stop();
});

const numberOf = (message: unknown): string | undefined =>
  /^\d+/.exec((message as { params?: { data?: string } }).params?.data ?? '')?.[0];
const all = Array.from({ length: MESSAGES }, (_, i) => `${i}`);

/** The number of sockets that the node has open. */
async function socketsOf({ pid }: RunningCommand): Promise<number> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all(
    (await readdir(folder)).map((fd) => readlink(path.join(folder, fd)).catch(() => '')),
  );
  return links.filter((link) => link.startsWith('socket:')).length;
}

async function stalled(client: BareClient, lastEventId: string): Promise<IncomingMessage> {
  const headers = {
    accept: 'text/event-stream',
    'mcp-session-id': client.sessionId,
    'last-event-id': lastEventId,
  };
  const [response] = (await once(get(client.url, { headers, agent: false }), 'response')) as [
    IncomingMessage,
  ];
  return response;
}

test('many that resume a long stream and read nothing are cut off, and the node serves everybody else meanwhile', async () => {
  const client = await new BareClient(cluster.url).open();
  const call = await client.call('much', 'says-at-length', { messages: MESSAGES, bytes: 100_000 });
  await call.ended();
  const begin = call.events[0]!.id!;
  client.url = node.ready;
  const other = await new BareClient(node.ready).open();
  const before = await socketsOf(node);
  const readers = await Promise.all(Array.from({ length: READERS }, () => stalled(client, begin)));

  const echo = await other.call(1, 'echo', { value: 'meanwhile' });
  await echo.ended();
  expect(echo.text).toBe('meanwhile');
  const rest = await client.get(begin);
  await rest.ended();
  expect(rest.messages).toEqual(call.messages);
  expect(rest.messages.slice(0, -1).map(numberOf)).toEqual(all);

  await until(async () => (await socketsOf(node)) < before + READERS / 2, 150_000);
  const read: (string | undefined)[] = [];
  let lastEventId = begin;
  const parser = createParser({
    onEvent: ({ id, data }) => {
      lastEventId = id ?? lastEventId;
      if (data) read.push(numberOf(JSON.parse(data)));
    },
  });
  const [reader, ...others] = readers;
  reader!.on('data', (chunk: Buffer) => {
    parser.feed(chunk.toString());
  });
  reader!.on('error', () => undefined); // the node cuts the connection in the middle of a message
  await until(() => reader!.closed);
  expect(read.length).toBeLessThan(MESSAGES);
  const again = await client.get(lastEventId);
  await again.ended();
  expect([...read, ...again.messages.slice(0, -1).map(numberOf)]).toEqual(all);
  for (const each of others) each.destroy();
}, 240_000);

test('from every place of a log of small and large events alike, exactly the rest comes', async () => {
  const client = await new BareClient(node.ready).open();
  await (await client.call('first', 'count', { to: 60 })).ended();
  const large = await client.call('large', 'says-at-length', { messages: 5, bytes: 1_500_000 });
  await large.ended();
  const small = await client.call('small', 'count', { to: 60 });
  await small.ended();
  for (const stream of [large, small]) {
    for (const k of [0, 1, 2, 3, 4]) {
      const rest = await client.get(stream.events[k]!.id);
      await rest.ended();
      expect(rest.events.slice(1)).toEqual(stream.events.slice(k + 1));
    }
  }
});
