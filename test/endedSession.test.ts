/** Once a client has been told that its session has ended, no node answers for it, however late that node hears of the end. */
import { afterEach, expect, test } from '@jest/globals';
import { BareClient, startCommand, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { TemporalGate } from './fixtures/temporalGate';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

test('a node that has not heard of the end answers nothing by itself, and 404 when it has', async () => {
  const app = 'test/fixtures/passingApp.ts';
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
  expect((await client.delete()).status).toBe(204);
  expect(await ask()).toEqual([503, 503, 503]);
  gate.open();
  const later = await until(async () => {
    const statuses = await ask();
    return !statuses.includes(503) && statuses;
  });
  expect(later).toEqual([404, 404, 404]);
});
