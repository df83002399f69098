/**
 * Features, row 10: a call that only waits occupies no worker, and continues when its sleep is over or its
 * answer has come.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { isJSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';
import { BareClient, type Cluster, type ClusterOptions, until } from 'durable-mcp/testing';
import { nextRun } from './fixtures/nextRun';
import { startCluster } from './fixtures/startCluster';
import { runs } from './fixtures/alwaysSuspending';
import { ORDER_METHODS, methodsOf } from './fixtures/orderMessages';

let cluster: Cluster;
const start = async (options: Partial<ClusterOptions> = {}) => {
  cluster = await startCluster({
    app: 'test/fixtures/askingApp.ts',
    nodes: 1,
    workers: 1,
    workerArgs: ['--suspend-after', '100ms'],
    ...options,
  });
};
const open = () => new BareClient(cluster.url).open({ elicitation: {} });

const statuses = async (client: BareClient) =>
  (await cluster.stateOf(client.sessionId)).callsInFlight.map(({ status }) => status);

describe('on its own', () => {
  afterEach(() => cluster.stop());

  test('a sleep outlives all workers and nodes, and its call runs the rest once', async () => {
    await start();
    const client = await open();
    const stream = await client.call(1, 'nap', { duration: '8s' });
    await until(() => cluster.ledger.find('nap attempt 1'));
    await until(async () => (await statuses(client))[0] === 'suspended');
    await Promise.all([...cluster.workers, ...cluster.nodes].map((command) => command.kill()));
    const node = await cluster.startNode();
    await cluster.startWorker();
    client.url = node.ready;
    const rest = await client.get(stream.events[0]!.id);
    await rest.ended();
    expect(rest.text).toBe('slept 8s');
    const did = cluster.ledger.entries().map(({ what }) => what);
    expect(did.slice(0, 3)).toEqual(['nap attempt 1', 'nap attempt 2', 'woke']);
    expect(cluster.ledger.count('woke')).toBe(runs(1));
  });

  test('a suspended call crosses continue-as-new with what it did, said and asked', async () => {
    await start({ workers: 2 });
    const client = await open();
    const stream = await client.call('asks', 'order');
    const asked = await stream.asked();
    const napping = await client.call('naps', 'nap', { duration: '2h' });
    await until(async () => (await statuses(client)).every((status) => status === 'suspended'));
    await nextRun(cluster, client);
    cluster.ledger.open('answered');
    await client.answer(asked, { action: 'accept', content: { tip: 3 } });
    await stream.ended();
    expect(JSON.parse(stream.text)).toEqual({ reserved: 'seat', paid: 3 });
    expect(stream.messages.filter(isJSONRPCRequest)).toHaveLength(1);
    expect(methodsOf(stream)).toEqual(ORDER_METHODS);
    const rest = await client.get(stream.events[1]!.id);
    await rest.ended();
    expect(rest.events.slice(1)).toEqual(stream.events.slice(2));
    expect(cluster.ledger.count('reserved')).toBe(1);
    napping.cut();
  });
});

describe('beside other calls', () => {
  beforeAll(() => start());
  afterAll(() => cluster.stop());

  test('calls that sleep leave the worker to others', async () => {
    const client = await open();
    const sleeping = await Promise.all(
      Array.from({ length: 120 }, (_, id) => client.call(id, 'nap', { duration: '1h' })),
    );
    const stream = await client.call('now', 'recall'); // answered although the 120 sleeping calls are more than the 100 slots of a worker
    await stream.ended();
    expect(stream.text).toBe('{}');
    await until(async () => (await statuses(client)).every((status) => status === 'suspended'));
    sleeping.forEach((call) => {
      call.cut();
    });
  });

  test('a sleep in an at-most-once call stays in its worker and the call runs once', async () => {
    const client = await open();
    const stream = await client.call(1, 'nap-once');
    await stream.ended();
    expect(stream.text).toBe('slept');
    expect(cluster.ledger.count('nap-once ran')).toBe(1);
  });

  test('a call is not suspended while a step of it runs', async () => {
    const client = await open();
    const stream = await client.call(1, 'sleep-and-work');
    await until(() => cluster.ledger.find('work started'));
    const nap = await client.call(2, 'nap', { duration: '2s' });
    await nap.ended(); // by then, the sleep of the first call is over
    cluster.ledger.open('work');
    await stream.ended();
    expect(stream.text).toBe('both');
    expect(cluster.ledger.count('work started')).toBe(1);
  });

  test('cancelling a suspended call runs its handler once more, which is told, and frees the id', async () => {
    const client = await open();
    const woke = cluster.ledger.count('woke');
    const stream = await client.call(1, 'nap', { duration: '1h' });
    await until(async () => (await statuses(client))[0] === 'suspended');
    await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    await stream.ended();
    await until(async () => (await statuses(client)).length === 0);
    expect(stream.messages).toEqual([]);
    expect(cluster.ledger.count('nap told: CallCancelled')).toBe(1);
    expect(cluster.ledger.count('woke')).toBe(woke);
  });

  test('calls of which some are always awake do not keep their session from its next run', async () => {
    const client = await open();
    const streams = await Promise.all(Array.from({ length: 20 }, (_, id) => client.call(id, 'naps')));
    await nextRun(cluster, client);
    cluster.ledger.open('rested');
    for (const stream of streams) await stream.ended();
    for (const stream of streams) expect(stream.text).toMatch(/^\d+ naps$/);
  });
});
