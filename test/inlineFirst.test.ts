/**
 * An at-least-once call begins inside of its session's workflow task. A quick one ends there; any other is
 * adopted by an activity, while its handler runs on.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type HistoryEvent, waitUntilIdle, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/quickApp.ts' });
});
afterAll(() => cluster.stop());

const open = () => new BareClient(cluster.url).open();
/** The answer's text. */
async function call(
  client: BareClient,
  id: number | string,
  tool: string,
  args: Record<string, unknown> = {},
) {
  const stream = await client.call(id, tool, args);
  await stream.ended();
  return stream.text;
}
const historyOf = async (client: BareClient): Promise<HistoryEvent[]> =>
  (await waitUntilIdle(await cluster.workflowOf(client.sessionId))).events;
const activitiesOf = async (client: BareClient) =>
  (await historyOf(client)).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled ?? []);

test('a quick call costs 6 events and no activity, and can be resumed and repeated', async () => {
  const client = await open();
  await call(client, 'first', 'echo', { value: 'lists the tool' });
  const before = (await historyOf(client)).length;
  const stream = await client.call(1, 'echo', { value: 'quick' });
  await stream.ended();
  expect(stream.text).toBe('quick in attempt 1');
  expect((await historyOf(client)).length).toBe(before + 6);
  expect(await activitiesOf(client)).toEqual([]);

  const rest = await client.get(stream.events[0]!.id);
  await rest.ended();
  expect(rest.events.at(-1)).toEqual(stream.events.at(-1));
  const ran = cluster.ledger.count('echo ran');
  const again = await client.call(1, 'echo', { value: 'quick' });
  await again.ended();
  expect(again.messages).toEqual(stream.messages);
  expect(cluster.ledger.count('echo ran')).toBe(ran);
});

test('a call that takes longer goes on as an activity, and its handler has run once', async () => {
  const client = await open();
  const stream = await client.call(1, 'gated', { name: 'longer' });
  const isRunning = async () =>
    (await (await cluster.workflowOf(client.sessionId)).describe()).raw.pendingActivities;
  await until(async () => (await isRunning())?.length === 1);
  expect(stream.messages).toEqual([]);
  expect(await call(client, 2, 'echo', { value: 'meanwhile' })).toBe('meanwhile in attempt 1');
  cluster.ledger.open('longer');
  await stream.ended();
  expect(stream.text).toBe('longer done in attempt 1');
  expect(cluster.ledger.count('longer started')).toBe(1);
  expect(await activitiesOf(client)).toMatchObject([{ activityId: 'request 1' }]);
});

test('what a call says reaches its client while its handler runs', async () => {
  const client = await open();
  const stream = await client.call(1, 'says', { name: 'said' });
  await until(() => stream.messages.length === 1);
  cluster.ledger.open('said');
  await stream.ended();
  expect(stream.messages).toMatchObject([{ method: 'notifications/progress' }, { id: 1 }]);
  expect(cluster.ledger.count('said started')).toBe(1);
});

test.each(['a step', 'a claimed step', 'a sleep', 'state', 'a map', 'progress', 'a log message'])(
  'a call that uses %s is promoted, and its handler runs once',
  async (what) => {
    const client = await open();
    expect(await call(client, 1, 'uses', { what })).toMatch(`${what} in attempt `);
    expect((await activitiesOf(client)).length).toBeGreaterThan(0);
    expect(cluster.ledger.count(`${what} used`)).toBe(1);
  },
);

test.each(['SIGKILL', 'SIGSTOP'])(
  'a handler that ends its worker by %s at once has had its first attempt, and the next is an activity',
  async (signal) => {
    const client = await open();
    const stream = client.call(1, 'strikes', { signal });
    const { pid } = await until(() => cluster.ledger.find(`${signal} in attempt 1`));
    await cluster.startWorker();
    await (await stream).ended();
    expect((await stream).text).toBe(`survived ${signal} in attempt 2`);
    expect(cluster.ledger.count(`${signal} in attempt 1`)).toBe(1);
    expect(await activitiesOf(client)).toMatchObject([{ activityType: { name: 'handleRequest' } }]);
    const struck = cluster.workers.findIndex((worker) => worker.pid === pid);
    await cluster.workers.splice(struck, 1)[0]!.kill();
  },
);

test('a handler that blocks its worker for a while has run once', async () => {
  const client = await open();
  expect(await call(client, 1, 'blocks', { ms: 3_500 })).toBe('blocked in attempt 1');
  expect(cluster.ledger.count('blocks ran')).toBe(1);
});

test.each([0, 100])(
  'a handler that throws after %i ms is run again; the last error is the answer',
  async (afterMs) => {
    const client = await open();
    const ran = cluster.ledger.count('flaky ran');
    for (const [failures, isError, text] of [
      [2, undefined, 'worked in attempt 3'],
      [3, true, 'failed in attempt 3'],
    ] as const) {
      const stream = await client.call(failures, 'flaky', { failures, afterMs });
      await stream.ended();
      expect(stream.result.isError).toBe(isError);
      expect(stream.text).toBe(text);
    }
    expect(cluster.ledger.count('flaky ran')).toBe(ran + 6);
  },
);

test('a call that does not end within its time is an error for that call alone', async () => {
  const client = await open();
  expect(await call(client, 1, 'hangs')).toMatch(/did not end within its time/);
  expect(await call(client, 2, 'echo', { value: 'after' })).toBe('after in attempt 1');
});

test('an answer that is too large for a workflow task is an activity’s result', async () => {
  const client = await open();
  expect(await call(client, 1, 'large', { bytes: 100_000 })).toHaveLength(100_000);
  expect(await activitiesOf(client)).toHaveLength(1);
});

test('a cancelled call gets no response, its handler hears of it, and its session goes on', async () => {
  const client = await open();
  const stream = await client.call(1, 'gated', { name: 'cancelled' });
  await until(() => cluster.ledger.find('cancelled started'));
  await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
  await stream.ended();
  expect(stream.messages).toEqual([]);
  expect(await call(client, 2, 'echo', { value: 'after' })).toBe('after in attempt 1');
  await historyOf(client); // no activity is left
});

test("the execution 'inline' of 0.2 says nothing new, and takes nothing away", async () => {
  const client = await open();
  expect(await call(client, 1, 'inline', { name: 'with a step' })).toBe('with a step');
});

test('150 at once, whose answers would not fit into one workflow task, are all answered', async () => {
  const client = await open();
  const bytes = (i: number) => 30_000 + i;
  const streams = await Promise.all(
    Array.from({ length: 150 }, (_, i) => client.call(i, 'large', { bytes: bytes(i) })),
  );
  for (const stream of streams) await stream.ended();
  expect(streams.map(({ text }) => text.length)).toEqual(streams.map((_, i) => bytes(i)));
});

test('calls beyond what Temporal takes as updates at once are all answered', async () => {
  const client = await open();
  const ran = cluster.ledger.count('echo ran');
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => call(client, i, 'echo', { value: `${i}` })),
  );
  expect(answers).toEqual(answers.map((_, i) => `${i} in attempt 1`));
  expect(cluster.ledger.count('echo ran')).toBe(ran + 60);
});

test('while no worker lives a call is acknowledged all the same, and answered when one is there', async () => {
  const client = await open();
  // Not killed: Temporal may give a task to a worker that has just died.
  for (const worker of cluster.workers.splice(0)) await worker.stop();
  const ran = cluster.ledger.count('echo ran');
  const stream = await client.call(1, 'echo', { value: 'later' });
  expect(stream.messages).toEqual([]);
  await cluster.startWorker();
  await stream.ended();
  // The number of the attempt is 2 if a busy machine takes longer than a workflow task's time before it begins.
  expect(stream.text).toMatch(/^later in attempt [12]$/);
  expect(cluster.ledger.count('echo ran')).toBe(ran + 1);
});
