/** Features, row 30: proxies that cut idle connections, and readers that do not read. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createParser } from 'eventsource-parser';
import { BareClient, type Cluster, startProxy, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1 });
});
afterAll(() => cluster.stop());

interface Announced {
  params: { uri: string };
}
const uriOf = (message: unknown) => (message as Announced).params.uri;

test('a reader that stops reading is cut off instead of filling the memory; it resumes, and has every message once', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const headers = { accept: 'text/event-stream', 'mcp-session-id': client.sessionId };
  const [stalled] = (await once(get(client.url, { headers }), 'response')) as [IncomingMessage];
  expect(stalled.statusCode).toBe(200);

  // 30 MB, far more than the node's limit and the buffers of the sockets.
  const uris = Array.from({ length: 30 }, (_, i) => `${i}`);
  for (const uri of uris) await (await client.call(uri, 'announce', { uri, bytes: 1_000_000 })).ended();

  const read: string[] = [];
  let lastEventId: string | undefined;
  const parser = createParser({
    onEvent: ({ id, data }) => {
      lastEventId = id;
      if (data) read.push(uriOf(JSON.parse(data)));
    },
  });
  stalled.on('data', (chunk: Buffer) => {
    parser.feed(chunk.toString());
  });
  stalled.on('error', () => undefined); // the node cuts the connection in the middle of a message
  await until(() => stalled.destroyed);
  expect(read).toEqual(uris.slice(0, read.length));
  expect(read.length).toBeLessThan(uris.length);

  client.url = cluster.nodes[1]!.ready;
  const rest = await client.get(lastEventId);
  await until(() => rest.messages.length >= uris.length - read.length);
  await (await client.call('last', 'announce', { uri: 'last' })).ended();
  await until(() => rest.messages.map(uriOf).includes('last'));
  expect([...read, ...rest.messages.map(uriOf)]).toEqual([...uris, 'last']);
});

/** Resolves after two keep-alives of a silent stream. Until then, other silent streams have carried only keep-alives too. */
async function twoKeepAlives({ body }: Response): Promise<void> {
  let count = 0;
  const parser = createParser({ onComment: () => count++ });
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    parser.feed(chunk);
    if (count === 2) return;
  }
  throw new Error(`The stream ended after ${count} keep-alives.`);
}

test('silent streams survive a proxy that cuts what is idle for 20 s, a third of what common ones wait', async () => {
  const proxy = await startProxy(() => cluster.nodes.map(({ ready }) => ready), { idleMs: 20_000 });
  try {
    const client = await new BareClient(proxy.url).open();
    const [call, listener] = [await client.call(1, 'gated', { name: 'long' }), await client.get()];
    await twoKeepAlives(await client.post(client.callMessage(1, 'gated', { name: 'long' })));
    cluster.ledger.open('long');
    await call.ended();
    expect(call.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'long done' }] } }]);
    await (await client.call(2, 'announce', { uri: 'heard' })).ended();
    await until(() => listener.messages.length === 1);
  } finally {
    await proxy.close();
  }
}, 120_000);
