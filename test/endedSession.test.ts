/** Once a client has been told that its session has ended, no node answers for it, however late that node hears of the end. */
import { afterEach, expect, test } from '@jest/globals';
import { BareClient, startCommand, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { TemporalGate } from './fixtures/temporalGate';

/** What each node has to hear of the end (docs/design.md, "Behind the log"). */
const HEARD_MS = 500;
const app = 'test/fixtures/passingApp.ts';
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

test('a node that has not heard of the end answers nothing by itself, and 404 when it has', async () => {
  const cluster = await startCluster({ app, nodes: 1, workers: 1 });
  stops.push(() => cluster.stop());
  const gate = await TemporalGate.start(cluster.address);
  stops.push(() => gate.stop());
  const cutOff = await startCommand([
    'http',
    app,
    '--port',
    '0',
    '--temporal',
    gate.address,
    '--task-queue',
    cluster.taskQueue,
  ]);
  stops.push(() => cutOff.kill());

  const client = await new BareClient(cluster.url).open();
  const there = new BareClient(cutOff.ready);
  there.sessionId = client.sessionId;
  const answeredHere = [
    { jsonrpc: '2.0', id: 'ping', method: 'ping' },
    { jsonrpc: '2.0', id: 'list', method: 'tools/list' },
    there.callMessage('call', 'built'),
  ];
  const ask = async () =>
    Promise.all(answeredHere.map(async (message) => (await there.post(message)).status));
  expect(await ask()).toEqual([200, 200, 200]);

  gate.shut();
  const askedAt = performance.now();
  expect((await client.delete()).status).toBe(204);
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(HEARD_MS);
  expect(await ask()).toEqual([503, 503, 503]);
  gate.open();
  const later = await until(async () => {
    const statuses = await ask();
    return !statuses.includes(503) && statuses;
  });
  expect(later).toEqual([404, 404, 404]);
});

test('a node that does not follow the session, and that nobody has woken, reads the end before it answers', async () => {
  const cluster = await startCluster({ app, workers: 1, nodeArgs: ['--long-polls', '1'] });
  stops.push(() => cluster.stop());
  const [ends, rests] = cluster.nodes.map(({ ready }) => ready);
  const client = await new BareClient(rests!).open();
  const listener = await client.get();
  await cluster.workers[0]!.kill(); // who would wake the other

  client.url = ends!;
  expect((await client.delete()).status).toBe(204);
  client.url = rests!;
  expect((await client.post({ jsonrpc: '2.0', id: 'ping', method: 'ping' })).status).toBe(404);
  await listener.ended();
});
