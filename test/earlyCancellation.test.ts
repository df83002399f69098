/**
 * A cancellation that comes to its session before the request does, or before the session knows where the handler
 * runs, cancels the call all the same.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/quickApp.ts', workers: 1 });
});
afterAll(() => cluster.stop());

const open = () => new BareClient(cluster.url).open();
const cancel = async (client: BareClient, requestId: string) => {
  const params = { requestId, reason: 'enough' };
  const { status } = await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
  expect(status).toBe(202);
};
const refused = (id: string) => ({ jsonrpc: '2.0', id, error: { code: -32001, message: 'enough' } });

const stopWorkers = async () => {
  for (const worker of cluster.workers.splice(0)) await worker.stop();
};

/** Calls and cancels while no worker lives, and then starts one. */
async function expectRefusedWithoutWorker(client: BareClient, name: string): Promise<void> {
  const call = client.call(name, 'gated', { name });
  await cancel(client, name);
  await cluster.startWorker();
  const stream = await call;
  await stream.ended();
  expect(stream.messages).toEqual([refused(name)]);
  expect(cluster.ledger.find(`${name} started`)).toBeUndefined();
}

test('a request that waits behind a busy workflow task and is cancelled there never runs', async () => {
  const client = await open();
  const busy = client.call('busy', 'blocks-then-waits', { name: 'busy' });
  await until(() => cluster.ledger.find('busy started'));
  const behind = client.call('behind', 'gated', { name: 'behind' });
  await cancel(client, 'behind');
  cluster.ledger.open('busy unblocked');
  const stream = await behind;
  await stream.ended();
  expect(stream.messages).toEqual([refused('behind')]);
  expect(cluster.ledger.find('behind started')).toBeUndefined();
  cluster.ledger.open('busy');
  await (await busy).ended();
  expect((await busy).text).toBe('busy done');
});

test('nor does one that is cancelled while no worker lives', async () => {
  const client = await open();
  await stopWorkers();
  await expectRefusedWithoutWorker(client, 'waits');
});

test('nor does one that is cancelled before its session has begun', async () => {
  await stopWorkers();
  await expectRefusedWithoutWorker(await open(), 'first of all');
});

test('a handler that is cancelled in its first workflow task, and goes on, hears of it', async () => {
  const client = await open();
  const call = client.call('first', 'blocks-then-waits', { name: 'first' });
  await until(() => cluster.ledger.find('first started'));
  await cancel(client, 'first');
  cluster.ledger.open('first unblocked');
  await until(() => cluster.ledger.find('first aborted'));
  const stream = await call;
  await stream.ended();
  expect(stream.messages).toEqual([]);
  expect(cluster.ledger.count('first started')).toBe(1);
});

test('a cancellation of a request that never comes changes nothing for others', async () => {
  const client = await open();
  await cancel(client, 'never comes');
  const stream = await client.call('another', 'echo', { value: 'x' });
  await stream.ended();
  expect(stream.text).toMatch(/^x in attempt/);
});
