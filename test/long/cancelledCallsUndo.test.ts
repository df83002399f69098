/**
 * Features, rows 37 and 59: the handler of a cancelled call learns of the cancellation and can undo its effects,
 * whether the call runs, is suspended or loses its worker.
 */
import { afterEach, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type Recorded, until } from 'durable-mcp/testing';
import { alwaysSuspending } from '../fixtures/alwaysSuspending';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
const start = async (suspendAfter: string) => {
  cluster = await startCluster({
    app: 'test/fixtures/undoingApp.ts',
    nodes: 1,
    workers: 1,
    workerArgs: ['--suspend-after', suspendAfter],
  });
  return new BareClient(cluster.url).open({ elicitation: {} });
};
afterEach(() => cluster.stop());

const count = (what: string) => cluster.ledger.count(what);
const told = () =>
  cluster.ledger
    .entries()
    .flatMap(({ what }) => (what.startsWith('told') ? [what.replace(/ in.*\d/, '')] : []));
const stateOf = async (client: BareClient) => (await cluster.stateOf(client.sessionId)).callsInFlight;
const suspended = (client: BareClient) =>
  until(async () => (await stateOf(client))[0]?.status === 'suspended');
const cancel = (client: BareClient) =>
  client.post({
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: 1, reason: 'enough' },
  });
const responses = (stream: Recorded) => stream.messages.filter((message) => !('method' in message));

function expectUndone() {
  expect(count('reserved')).toBe(1);
  expect(count('released')).toBe(1);
  expect(new Set(told())).toEqual(new Set(['told, aborted: true']));
}

/** The worker of a cancelled call dies while the handler undoes what it did; another undoes to the end. */
async function expectUndoneByAnother(client: BareClient): Promise<void> {
  await until(() => count('releasing') === 1);
  await cluster.killWhoDid('releasing');
  await cluster.startWorker();
  await until(() => count('releasing') === 2);
  cluster.ledger.open('release');
  await until(async () => (await stateOf(client)).length === 0);
  expectUndone();
}

test('cancelled while it is suspended: what it reserved is released once, and no response is sent', async () => {
  const client = await start('100ms');
  cluster.ledger.open('release');
  const stream = await client.call(1, 'asks');
  await stream.asked();
  await suspended(client);
  await cancel(client);
  await stream.ended();
  await until(async () => (await stateOf(client)).length === 0);
  expectUndone();
  expect(count('undone')).toBe(1);
  expect(responses(stream)).toEqual([]);
});

test('cancelled while it waits in its worker: the same, in the attempt that waits', async () => {
  const client = await start('1h');
  cluster.ledger.open('release');
  const stream = await client.call(1, 'asks');
  await stream.asked();
  if (!alwaysSuspending) expect((await stateOf(client))[0]?.status).toBe('running');
  await cancel(client);
  await stream.ended();
  await until(async () => (await stateOf(client)).length === 0);
  expectUndone();
  if (!alwaysSuspending) expect(count('told in attempt 1, aborted: true')).toBe(1);
  expect(responses(stream)).toEqual([]);
});

test('its session is deleted while it is suspended: it undoes, and the workflow completes', async () => {
  const client = await start('100ms');
  const stream = await client.call(1, 'asks');
  await stream.asked();
  await suspended(client);
  const session = await cluster.workflowOf(client.sessionId);
  await client.delete();
  await until(() => count('releasing') === 1);
  expect((await session.describe()).status.name).toBe('RUNNING'); // undoing needs the journal
  cluster.ledger.open('release');
  await until(async () => (await session.describe()).status.name === 'COMPLETED');
  expectUndone();
  await stream.ended();
  expect(responses(stream)).toEqual([]);
});

test('its time is up: it undoes once, and the client is told that it did not end within its time', async () => {
  const client = await start('1h');
  cluster.ledger.open('release');
  const stream = await client.call(1, 'hangs');
  await stream.ended();
  await until(async () => (await stateOf(client)).length === 0);
  expectUndone();
  expect(count('after it')).toBe(0);
  expect(JSON.stringify(responses(stream))).toContain('did not end within its time');
});

test('its worker dies while it undoes: another one undoes to the end', async () => {
  const client = await start('100ms');
  const stream = await client.call(1, 'asks');
  await stream.asked();
  await suspended(client);
  await cancel(client);
  await expectUndoneByAnother(client);
  expect(told()).toHaveLength(2);
  await stream.ended();
  expect(responses(stream)).toEqual([]);
});

test('its worker dies while it undoes in the attempt that was cancelled: another one undoes to the end', async () => {
  const client = await start('1h');
  const stream = await client.call(1, 'asks');
  await stream.asked();
  await cancel(client);
  await expectUndoneByAnother(client);
  await stream.ended();
  expect(responses(stream)).toEqual([]);
});

test('a step that runs when its call is cancelled is recorded; the operation after it is the one that throws', async () => {
  const client = await start('100ms');
  cluster.ledger.open('release');
  const stream = await client.call(1, 'charges');
  await until(() => count('charge began') === 1);
  await cancel(client);
  await until(() => count('charge heard of it') === 1); // cancellation reaches the handler with the worker's next heartbeat
  cluster.ledger.open('charge');
  await until(async () => (await stateOf(client)).length === 0);
  await stream.ended();
  expect(responses(stream)).toEqual([]);
  expect(count('charge began')).toBe(1);
  expect(count('charged, aborted: true')).toBe(1);
  expect(count('step returned charged')).toBe(1);
  expect(count('after it')).toBe(0);
  expectUndone();
});
