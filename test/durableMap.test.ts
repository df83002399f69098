/**
 * Features, row 12: a map that sessions share. A retried write is applied once, concurrent writes lose
 * nothing, and keys are in order.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { LimitExceeded, durableMap, type DurableMap } from '../src';
import { BareClient, type Cluster, connect, textOf, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { outside } from './fixtures/outside';
import { runs } from './fixtures/alwaysSuspending';

let cluster: Cluster;
let connection: Connection;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/sharedApp.ts' });
  connection = await Connection.connect({ address: process.env.TEST_TEMPORAL });
});
afterAll(async () => {
  await connection.close();
  await cluster.stop();
});

const open = <T>(name: string): DurableMap<T> =>
  durableMap<T>(name, { temporal: { address: process.env.TEST_TEMPORAL, taskQueue: cluster.taskQueue } });
const workflowOf = (name: string): WorkflowHandle =>
  new Client({ connection }).workflow.getHandle(`mcp-map-${cluster.taskQueue}/${name}`);
const large = 'x'.repeat(60_000);

test('a map that was never written to is empty', async () => {
  expect(await open('never').get('key')).toBeUndefined();
  expect(await open('never').has('key')).toBe(false);
  expect(await open('never').entries()).toEqual([]);
});

test('written in one session, read in another and outside; removed once', async () => {
  const [writer, reader] = await Promise.all([connect(cluster.url), connect(cluster.url)]);
  const at = { map: 'plain', key: 'k' };
  const call = async ({ client }: typeof writer, name: string, args: Record<string, unknown>) =>
    textOf(await client.callTool({ name, arguments: args }));
  await call(writer, 'insert', { ...at, value: { deep: [1, null] } });
  expect(await call(reader, 'get', at)).toBe('{"deep":[1,null]}');
  const options = JSON.stringify({ temporal: { taskQueue: cluster.taskQueue } });
  const printed = await outside(
    `console.log(JSON.stringify(await mcp.durableMap('plain', ${options}).entries()))`,
    process.env.TEST_TEMPORAL ?? '',
  );
  expect(printed).toBe('[["k",{"deep":[1,null]}]]');
  expect(await call(reader, 'remove', at)).toBe('true');
  expect(await call(writer, 'remove', at)).toBe('false');
  expect(await call(writer, 'get', at)).toBe('null');
  await Promise.all([writer.client.close(), reader.client.close()]);
});

test('killed after the write and before the answer: written once, also if others write and the map outgrows its history meanwhile', async () => {
  const map = open<string>('killed');
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'insert-then-wait', { map: 'killed', key: 'k', value: 'first' });
  await until(() => cluster.ledger.find('inserted in attempt 1'));
  expect(await map.get('k')).toBe('first');

  await map.set('k', 'by another');
  expect(await map.has('k')).toBe(true);
  const { runId } = await workflowOf('killed').describe();
  await until(async () => {
    await map.set('padding', large);
    return (await workflowOf('killed').describe()).runId !== runId;
  });
  await cluster.killWhoDid('inserted in attempt 1');
  cluster.ledger.open('after-insert');
  await stream.ended();
  expect(stream.text).toBe('inserted');
  expect(cluster.ledger.count('inserted in attempt 2')).toBe(1);
  expect(await map.get('k')).toBe('by another');
  await cluster.startWorker();
});

test('parallel inserts lose nothing, and a range is in the order of code units', async () => {
  const map = open<number>('parallel');
  // By UTF-16 code units, U+FF5E sorts after U+1F600; by code points, before it.
  const keys = [...Array.from({ length: 298 }, (_, n) => `k${n}`), '\u{1F600}', '\uFF5E'];
  await Promise.all(keys.map((key, n) => map.set(key, n)));
  const sorted = [...keys].sort();
  const keysOf = async (...args: Parameters<typeof map.entries>) =>
    (await map.entries(...args)).map(([key]) => key);
  expect(await keysOf()).toEqual(sorted);
  expect(await keysOf({ from: 'k1', to: 'k101' })).toEqual(['k1', 'k10', 'k100']);
  expect(await keysOf({ reverse: true, limit: 3 })).toEqual(['\uFF5E', '\u{1F600}', 'k99']);
  expect(await map.entries({ to: 'k1' })).toEqual([['k0', 0]]);
});

test('what is over a limit is refused, and the map goes on', async () => {
  const map = open<unknown>('limits');
  for (const key of ['', 'k'.repeat(257)]) await expect(map.set(key, 1)).rejects.toThrow(LimitExceeded);
  await expect(map.set('k', 'x'.repeat(64 * 1024))).rejects.toThrow(/bytes as JSON and 65536 are the limit/);
  await expect(map.set('k', undefined)).rejects.toThrow(/is not JSON/);
  await expect(map.entries({ limit: 1_001 })).rejects.toThrow(/not between 1 and 1000/);
  expect(() => open('a/b')).toThrow(LimitExceeded);

  const fits = Math.floor(1_500_000 / large.length);
  for (let n = 0; n < fits - 1; n++) await map.set(`k${n}`, large);
  await map.set('k0', large);
  await expect(Promise.all([map.set('one', large), map.set('two', large)])).rejects.toThrow(/is full/);
  expect(await map.delete('k1')).toBe(true);
  await map.set('three', 'fits again');
  expect(await map.get('three')).toBe('fits again');
});

test('a refused write ends the call at once', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'insert-then-wait', { map: 'refused', key: '', value: 1 });
  await stream.ended();
  expect(stream.messages).toMatchObject([
    {
      id: 1,
      result: { isError: true, content: [{ text: expect.stringMatching(/The key "" is not valid/) }] },
    },
  ]);
  const session = new Client({ connection }).workflow.getHandle(`mcp-session-${client.sessionId}`);
  const { events } = await session.fetchHistory();
  const started = events?.flatMap((event) => event.activityTaskStartedEventAttributes ?? []);
  expect(started).toMatchObject(runs(1) > 1 ? [{ attempt: runs(1) }] : []); // it has ended inside of the workflow task
});
