/**
 * Features, rows 7 and 8: the outcome of a call whose worker is killed or whose handler throws, for each delivery.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { BareClient, type Cluster, type Connected, connect, textOf, until } from 'durable-mcp/testing';
import { progressOf } from './fixtures/progressOf';
import { startCluster } from './fixtures/startCluster';
import { alwaysSuspending, runs } from './fixtures/alwaysSuspending';

let cluster: Cluster;
let official: Connected;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
  official = await connect(cluster.url);
});
afterAll(async () => {
  await official.client.close();
  await cluster.stop();
});

const call = (name: string, args: Record<string, unknown> = {}) =>
  official.client.callTool({ name, arguments: args });

test('a handler that fails twice and then works gives one response; the attempts are in the history', async () => {
  expect(textOf(await call('flaky', { failures: 2 }))).toBe(`worked at attempt ${alwaysSuspending ? 4 : 3}`);
  expect(cluster.ledger.count('flaky ran')).toBe(alwaysSuspending ? 4 : 3);

  const connection = await Connection.connect({ address: process.env.TEST_TEMPORAL });
  const { workflow } = new Client({ connection });
  const history = await workflow.getHandle(`mcp-session-${official.transport.sessionId}`).fetchHistory();
  const started = history.events?.flatMap((event) => event.activityTaskStartedEventAttributes ?? []).at(-1);
  expect(started?.attempt).toBe(alwaysSuspending ? 4 : 3);
  expect(started?.lastFailure?.message).toBe(alwaysSuspending ? 'Every attempt runs twice.' : 'failure 2');
  await connection.close();
});

test('a handler that never works ends after three attempts with its last message', async () => {
  const before = cluster.ledger.count('flaky ran');
  const result = await call('flaky', { failures: 99 });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toBe(`failure ${runs(3)}`);
  expect(cluster.ledger.count('flaky ran') - before).toBe(runs(3));
});

test('attempts are counted even if the throw comes right after a heartbeat', async () => {
  const result = await call('fails-late', { afterMs: 1_300 });
  expect(textOf(result)).toBe('failed late');
  expect(cluster.ledger.count('fails-late ran')).toBe(runs(3));
});

test.each([
  [600_000, { result: { content: [{ text: 'x'.repeat(600_000) }], isError: true } }],
  [1_500_000, { result: { content: [{ text: 'x'.repeat(1_500_000) }], isError: true } }],
  [3_000_000, { error: { message: expect.stringContaining('cannot be stored') } }],
])(
  'a handler that throws a message of %i characters ends after three attempts, too',
  async (length, answer) => {
    const client = await new BareClient(cluster.url).open();
    const stream = await client.call(1, 'fails-at-length', { length });
    await stream.ended();
    expect(stream.messages).toMatchObject([{ id: 1, ...answer }]);
    expect(cluster.ledger.count(`fails-at-length ran ${length}`)).toBe(runs(3));
  },
);

test('an error that retrying cannot cure runs once', async () => {
  const result = await call('final');
  expect(result.isError).toBe(true);
  expect(textOf(result)).toBe('this cannot be cured');
  expect(cluster.ledger.count('final ran')).toBe(runs(1));
  const invalid = await call('flaky', { failures: 'not a number' });
  expect(invalid.isError).toBe(true);
  expect(textOf(invalid)).toMatch(/Invalid arguments/);
  const unknown = await call('no-such-tool');
  expect(unknown.isError).toBe(true);
});

test('an at-most-once tool that throws runs once', async () => {
  const result = await call('flaky-once');
  expect(result.isError).toBe(true);
  expect(textOf(result)).toBe('failed for good');
  expect(cluster.ledger.count('flaky-once ran')).toBe(1);
});

test('an at-most-once call whose worker is killed never runs again, and says that its outcome is unknown', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'gated-once', { name: 'charge' });
  await until(() => cluster.ledger.find('charge started'));
  await cluster.killWhoDid('charge started');
  await stream.ended();
  expect(stream.messages).toMatchObject([
    { id: 1, result: { isError: true, content: [{ text: expect.stringMatching(/outcome is unknown/) }] } },
  ]);
  expect(cluster.ledger.count('charge started')).toBe(1);
});

test('an at-least-once call ends when its time is over', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'gated-briefly', { name: 'brief' });
  await until(() => cluster.ledger.find('brief started'));
  await stream.ended();
  expect(stream.messages).toMatchObject([
    {
      id: 1,
      result: { isError: true, content: [{ text: expect.stringMatching(/did not end within its time/) }] },
    },
  ]);
});

test('what a call said comes before the answer that its time is over', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'ticks-too-long');
  await stream.ended();
  const lastTwo = stream.messages.slice(-2);
  expect(lastTwo[1]).toMatchObject({ id: 1, result: { isError: true } });
  const [progress] = progressOf(lastTwo);
  expect(cluster.ledger.count(`said ${progress}`)).toBe(1);
});
