/**
 * `durability: { execution: 'inline' }`: the handler runs inside its session's workflow task, at half the
 * events, at least once.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, waitUntilIdle, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/shortApp.ts' });
});
afterAll(() => cluster.stop());

const open = () => new BareClient(cluster.url).open();

test('a call costs 6 events; what it says comes with its answer, in order, and can be resumed', async () => {
  const client = await open();
  const handle = await cluster.workflowOf(client.sessionId);
  await (await client.call('first', 'echo', { value: 'lists the tool' })).ended();
  const before = (await waitUntilIdle(handle)).events.length;
  const stream = await client.call(1, 'echo', { value: 'quick' });
  await stream.ended();
  expect(stream.messages).toMatchObject([
    { method: 'notifications/progress' },
    { method: 'notifications/message' },
    { id: 1, result: { content: [{ text: 'quick' }] } },
  ]);
  expect((await waitUntilIdle(handle)).events.length).toBe(before + 6);

  const rest = await client.get(stream.events[1]!.id);
  await rest.ended();
  expect(rest.events.slice(1)).toEqual(stream.events.slice(2));
  const again = await client.call(1, 'echo', { value: 'quick' });
  await again.ended();
  expect(again.messages).toEqual(stream.messages);
});

test('kill the worker during a call: it runs again in another, and is answered once', async () => {
  const client = await open();
  const stream = await client.call(1, 'gated', { name: 'killed' });
  await until(() => cluster.ledger.find('killed started'));
  await cluster.killWhoDid('killed started');
  await until(() => cluster.ledger.count('killed started') > 1);
  cluster.ledger.open('killed');
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'killed done' }] } }]);
  await cluster.startWorker();
});

test('a call that has taken its worker along does not run inside of a workflow task again', async () => {
  const client = await open();
  const stream = await client.call(1, 'gated', { name: 'fatal' });
  await until(() => cluster.ledger.find('fatal started'));
  await cluster.killWhoDid('fatal started');
  await cluster.startWorker();
  await until(() => cluster.ledger.count('fatal started') > 1);
  cluster.ledger.open('fatal');
  await stream.ended();
  expect(stream.text).toBe('fatal done');
  const { events } = await waitUntilIdle(await cluster.workflowOf(client.sessionId));
  const activities = events.flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
  expect(activities).toMatchObject([{ activityType: { name: 'handleRequest' } }]);
});

test('a handler that throws is run again; the last error is the answer', async () => {
  const client = await open();
  for (const [failures, isError, text] of [
    [2, undefined, 'worked in attempt 3'],
    [3, true, 'failed in attempt 3'],
  ] as const) {
    const stream = await client.call(failures, 'flaky', { failures });
    await stream.ended();
    expect(stream.result.isError).toBe(isError);
    expect(stream.text).toBe(text);
  }
  expect(cluster.ledger.count('flaky ran')).toBe(6);
});

test('what does not end, is too large, or has steps is an error for that call alone', async () => {
  const client = await open();
  for (const [tool, says] of [
    ['hangs', /did not end within 1000 ms/],
    ['large', /at most 32000 bytes/],
    ['throws-large', /at most 32000 bytes/],
    ['step', /has no steps/],
  ] as const) {
    const stream = await client.call(tool, tool);
    await stream.ended();
    expect(JSON.stringify(stream.messages)).toMatch(says);
  }
  const stream = await client.call('after', 'echo', { value: 'after' });
  await stream.ended();
  expect(stream.text).toBe('after');
});

test('a cancelled call gets no response, and its session goes on', async () => {
  const client = await open();
  const stream = await client.call(1, 'gated', { name: 'cancelled' });
  await until(() => cluster.ledger.find('cancelled started'));
  await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
  await stream.ended();
  expect(stream.messages).toEqual([]);
  const after = await client.call(2, 'echo', { value: 'after' });
  await after.ended();
  expect(after.text).toBe('after');
});

test('150 at once, whose answers would not fit into one workflow task, are all answered', async () => {
  const client = await open();
  const value = (i: number) => `${i} ${'x'.repeat(30_000)}`;
  const streams = await Promise.all(
    Array.from({ length: 150 }, (_, i) => client.call(i, 'echo', { value: value(i) })),
  );
  for (const stream of streams) await stream.ended();
  expect(streams.map(({ text }) => text)).toEqual(streams.map((_, i) => value(i)));
});

test('calls beyond what Temporal takes as updates at once are all answered', async () => {
  const client = await open();
  const streams = await Promise.all(
    Array.from({ length: 60 }, (_, i) => client.call(i, 'echo', { value: `${i}` })),
  );
  for (const stream of streams) await stream.ended();
  expect(streams.map(({ text }) => text)).toEqual(streams.map((_, i) => `${i}`));
});

test('kill the worker before anything of a call is in the log: another runs it, and it is answered once', async () => {
  const client = await open();
  const stream = client.call(1, 'gated', { name: 'unheard' });
  await until(() => cluster.ledger.find('unheard started'));
  await cluster.killWhoDid('unheard started');
  await cluster.startWorker();
  await until(() => cluster.ledger.count('unheard started') > 1);
  cluster.ledger.open('unheard');
  await (await stream).ended();
  expect((await stream).messages).toMatchObject([{ id: 1, result: { content: [{ text: 'unheard done' }] } }]);
});

test('while no worker lives a call is acknowledged all the same, and answered when one is there', async () => {
  const client = await open();
  for (const worker of cluster.workers.splice(0)) await worker.kill();
  const stream = await client.call(1, 'echo', { value: 'later' });
  expect(stream.messages).toEqual([]);
  await cluster.startWorker();
  await stream.ended();
  expect(stream.text).toBe('later');
});

test('what comes while a task with much to say runs does not end its session', async () => {
  const client = await open();
  for (const worker of cluster.workers.splice(0)) await worker.kill();
  const large = 30_000;
  const first = await Promise.all(
    Array.from({ length: 100 }, (_, i) => client.call(i, 'gated', { name: 'much', large })),
  );
  await cluster.startWorker();
  await until(() => cluster.ledger.count('much started') >= 40);
  const value = 'x'.repeat(large);
  const later = Array.from({ length: 66 }, (_, i) => client.call(`later ${i}`, 'echo', { value }));
  await client.post({ jsonrpc: '2.0', method: 'notifications/roots/list_changed' }); // once this is answered, the calls before it are in the log too
  cluster.ledger.open('much');
  for (const stream of [...first, ...(await Promise.all(later))]) {
    await stream.ended();
    expect(stream.text).toHaveLength(stream.text.startsWith('much') ? 'much done'.length + large : large);
  }
});
