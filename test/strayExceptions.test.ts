/**
 * An author's code can throw from a timer or an event handler, where no code catches the error. Only the call
 * of that code fails: its worker or node and all other calls continue.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type Recorded, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
/** A call of another session that runs in the same worker all the time, and must not be lost: it must not run twice. */
let innocent: Recorded;
let gates = 0;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/strayApp.ts', nodes: 1, workers: 1 });
});
afterAll(() => cluster.stop());

const open = () => new BareClient(cluster.url).open();
const logOf = (process: { output(): string } | undefined) => process?.output() ?? '';

async function start(client: BareClient, name: string): Promise<Recorded> {
  const stream = await client.call(name, 'gated', { name });
  await until(() => cluster.ledger.find(`${name} started`));
  return stream;
}

async function ends(stream: Recorded, name: string): Promise<void> {
  cluster.ledger.open(name);
  await stream.ended();
  expect(stream.messages).toMatchObject([{ result: { content: [{ text: `${name} done` }] } }]);
}

beforeEach(async () => {
  innocent = await start(await open(), `innocent ${++gates}`);
});
afterEach(async () => {
  await ends(innocent, `innocent ${gates}`);
});

test.each([
  ['timer', /^astray$/],
  ['tick', /^astray$/],
  ['event', /^astray$/],
  ['socket', /ECONNREFUSED/],
  ['child', /ENOENT/],
  ['nothing', /^undefined$/],
  ['unreadable', /^Something was thrown that cannot be read\.$/],
  ['key that throws', /^astray$/],
])('a call fails by what it throws from its %s, and is named in the log', async (way, says) => {
  const client = await open();
  const stream = await client.call(way, 'astray', { way });
  await stream.ended();
  expect(stream.result.isError).toBe(true);
  expect(stream.text).toMatch(says);
  const line = logOf(cluster.workers[0])
    .split('\n')
    .find((line) => line.includes(client.sessionId));
  expect(JSON.parse(line ?? '')).toMatchObject({ session: client.sessionId, request: way, role: 'worker' });
});

test('an attempt that has failed so is followed by the next; its other steps are recorded', async () => {
  const stream = await (await open()).call(1, 'astray-once');
  await stream.ended();
  expect(stream.text).toBe('charged in attempt 2');
  expect(cluster.ledger.count('charged')).toBe(1);
});

test('a short call as well', async () => {
  const stream = await (await open()).call(1, 'astray-shortly', { way: 'timer' });
  await stream.ended();
  expect(stream.text).toBe('worked in attempt 2');
  expect(cluster.ledger.count('astray-shortly ran')).toBe(2);
});

test("a call without durability, or a list, fails for itself, and its node's other calls go on", async () => {
  const client = await open();
  const stream = await client.call(1, 'astray-here', { way: 'timer' });
  await stream.ended();
  expect(stream.messages).toMatchObject([
    { id: 1, result: { isError: true, content: [{ text: 'astray' }] } },
  ]);
  await until(() => cluster.ledger.find('astray-here aborted'));
  expect(await client.ask('resources/list')).toMatchObject({
    error: { message: "The server could not answer resources/list; the server's log says why." },
  });
  expect(logOf(cluster.nodes[0])).toContain(client.sessionId);
});

test('what is thrown after the answer, or by who hears of a cancellation, ends nothing', async () => {
  const client = await open();
  const stream = await client.call(1, 'astray-later');
  await stream.ended();
  expect(stream.text).toBe('answered');
  await until(() => cluster.ledger.find('thrown later'));
  const cancelled = await client.call(2, 'astray-aborted');
  await until(() => cluster.ledger.find('astray-aborted started'));
  await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } });
  await cancelled.ended();
  await until(() => cluster.ledger.find('aborted'));
});

test('where nobody knows which of several calls has thrown, all of them are named and none fails', async () => {
  const client = await open();
  await client.call('lost', 'astray', { way: 'microtask' });
  const line = await until(() =>
    logOf(cluster.workers[0])
      .split('\n')
      .find((line) => line.includes('"lost"')),
  );
  expect(JSON.parse(line)).toMatchObject({
    calls: expect.arrayContaining([
      { session: client.sessionId, request: 'lost' },
      expect.objectContaining({ request: `innocent ${gates}` }),
    ]),
    err: { message: 'astray' },
  });
});

test('a call that is alone in its process is the one that has thrown', async () => {
  await ends(innocent, `innocent ${gates}`);
  await Promise.all(cluster.workers.splice(0).map((worker) => worker.kill())); // the first worker still runs the call that was lost above
  await cluster.startWorker();
  const stream = await (await open()).call(1, 'astray', { way: 'microtask' });
  await stream.ended();
  expect(stream.text).toBe('astray');
});

test('a fault of no call ends the process, with its stack', async () => {
  await ends(innocent, `innocent ${gates}`);
  const [node] = cluster.nodes;
  cluster.ledger.open('fault of nobody');
  expect(await node!.exited).toBe(1);
  expect(logOf(node)).toMatch(/Error: astray\n +at fault/);
});
