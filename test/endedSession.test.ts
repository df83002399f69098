/** Once a client has learned that its session has ended, no node answers requests of that session. */
import { afterEach, expect, test } from '@jest/globals';
import { BareClient } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

/** The time that DELETE waits so that every node learns of the end (docs/internals/design.md, "Behind the log"). */
const HEARD_MS = 500;
const app = 'test/fixtures/passingApp.ts';
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

test('DELETE leaves every node the time to hear of the end, and then none answers for the session', async () => {
  const cluster = await startCluster({ app, workers: 1 });
  stops.push(() => cluster.stop());
  const client = await new BareClient(cluster.url).open();
  const answeredHere = [
    { jsonrpc: '2.0', id: 'ping', method: 'ping' },
    { jsonrpc: '2.0', id: 'list', method: 'tools/list' },
    client.callMessage('call', 'built'),
  ];
  const ask = (url: string) => {
    const there = new BareClient(url);
    there.sessionId = client.sessionId;
    return answeredHere.map(async (message) => (await there.post(message)).status);
  };
  const everyNode = () => Promise.all(cluster.nodes.flatMap(({ ready }) => ask(ready)));
  expect(await everyNode()).toEqual([200, 200, 200, 200, 200, 200]);

  const askedAt = performance.now();
  expect((await client.delete()).status).toBe(204);
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(HEARD_MS);
  expect(await everyNode()).toEqual([404, 404, 404, 404, 404, 404]);
});

test('a node that does not follow the session, and that nobody has woken, reads the end before it answers', async () => {
  const cluster = await startCluster({ app, workers: 1, nodeArgs: ['--long-polls', '1'] });
  stops.push(() => cluster.stop());
  const [ends = '', rests = ''] = cluster.nodes.map(({ ready }) => ready);
  const client = await new BareClient(rests).open();
  const listener = await client.get();
  await Promise.all(cluster.workers.map((worker) => worker.kill())); // without a worker, the session cannot wake the second node

  client.url = ends;
  expect((await client.delete()).status).toBe(204);
  client.url = rests;
  expect((await client.post({ jsonrpc: '2.0', id: 'ping', method: 'ping' })).status).toBe(404);
  await listener.ended();
});
