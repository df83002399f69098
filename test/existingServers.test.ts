/**
 * Servers written for the SDK alone, with every server class of SDK 1.x and 2.x: each feature that works on the SDK's
 * own transport works here too.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type RunningCommand, startCommand, until } from 'durable-mcp/testing';
import { runs } from './fixtures/alwaysSuspending';
import { startCluster } from './fixtures/startCluster';

const ARGS = ['--root', '/data', '--port', '7'];

let cluster: Cluster;
/** A node of the same cluster with `--default-delivery at-least-once`, which applies to tools without annotations. */
let lenient: RunningCommand;
beforeAll(async () => {
  cluster = await startCluster({
    app: 'test/fixtures/existingServers.ts',
    nodes: 1,
    workers: 1,
    nodeArgs: ['--', ...ARGS],
    workerArgs: ['--', ...ARGS],
  });
  const { address, taskQueue, ledger } = cluster;
  const args = ['--temporal', address, '--task-queue', taskQueue, '--port', '0'];
  lenient = await startCommand(
    ['http', 'test/fixtures/existingServers.ts', ...args, '--default-delivery', 'at-least-once'],
    { LEDGER: ledger.folder },
  );
});
afterAll(async () => {
  await lenient.stop();
  await cluster.stop();
});

const open = (name: string, url = cluster.url, capabilities = {}) =>
  new BareClient(url, '2025-11-25', name).open(capabilities);

/** Calls the tool; resolves with the number of its handler's runs and with the answer. */
async function call(client: BareClient, tool: string) {
  const before = cluster.ledger.count(`${tool} ran`);
  const stream = await client.call(`${tool} ${before}`, tool);
  await stream.ended();
  return { ran: cluster.ledger.count(`${tool} ran`) - before, answer: stream.messages.at(-1) };
}

const says = (text: string) => ({ result: { content: [{ text }] } });
const failed = (tool: string) => new RegExp(`${tool} has failed`);

describe.each([
  'McpServer',
  'Server',
  'McpServer 2.x',
  'Server 2.x',
  '{ server, cleanup }',
  '{ server, connect, close }',
])('%s', (kind) => {
  test('lists and calls', async () => {
    const client = await open(kind);
    const listed = await client.ask('tools/list');
    expect(JSON.stringify(listed)).toContain('"hello"');
    expect((await call(client, 'hello')).answer).toMatchObject(says('hello'));
  });

  test("its tools' annotations decide how often a handler that throws is run", async () => {
    const client = await open(kind);
    for (const [tool, times] of [
      ['read-and-throw', runs(3)],
      ['destroy-and-throw', 1],
      ['just-throw', 1],
    ] as const) {
      const { ran, answer } = await call(client, tool);
      expect([tool, ran]).toEqual([tool, times]);
      expect(JSON.stringify(answer)).toMatch(failed(tool));
    }
  });

  test("what is no failure is the author's answer: it runs once", async () => {
    const client = await open(kind);
    const { ran, answer } = await call(client, 'refuse');
    expect(ran).toBe(runs(1));
    expect(answer).toMatchObject({ result: { isError: true, content: [{ text: 'refused' }] } });
    const wrong = await call(client, 'wrong');
    expect(wrong.ran).toBe(runs(1));
    expect(JSON.stringify(wrong.answer)).toContain('wrong arguments');
  });

  test('--default-delivery holds for tools that say nothing', async () => {
    const client = await open(kind, lenient.ready);
    expect(await call(client, 'just-throw')).toMatchObject({ ran: runs(3) });
    expect(await call(client, 'destroy-and-throw')).toMatchObject({ ran: 1 });
  });
});

test('McpServer 1.10 has no annotations: its handlers run by --default-delivery', async () => {
  const strict = await open('McpServer 1.10');
  expect((await call(strict, 'hello')).answer).toMatchObject(says('hello'));
  expect(await call(strict, 'just-throw')).toMatchObject({ ran: 1 });
  expect(await call(await open('McpServer 1.10', lenient.ready), 'just-throw')).toMatchObject({
    ran: runs(3),
  });
});

test.each(['McpServer', 'Server', 'McpServer 2.x'])(
  '%s may ask its client in the middle of a call',
  async (kind) => {
    const client = await open(kind, cluster.url, { elicitation: {} });
    const stream = await client.call(1, 'ask');
    await client.answer(await stream.asked(), { action: 'decline' });
    await stream.ended();
    expect(stream.text).toBe('decline');
  },
);

test('a tool that its own list does not have is durable, and runs at most once', async () => {
  const client = await open('Server', lenient.ready);
  const { ran, answer } = await call(client, 'unlisted');
  expect(ran).toBe(1);
  expect(answer).toMatchObject({ error: { message: 'unlisted has failed' } });
});

test('its list is asked for once, in all of its pages, and not for each call', async () => {
  const client = await open('Server');
  const before = cluster.ledger.count('listed');
  await call(client, 'hello');
  const after = cluster.ledger.count('listed');
  expect(after - before).toBeGreaterThan(1);
  await call(client, 'refuse');
  await call(client, 'hello');
  expect(cluster.ledger.count('listed')).toBe(after);
});

test('every server that is built is closed: for calls, for lists and for a look, also at the start', async () => {
  const client = await open('{ server, cleanup }');
  await client.ask('tools/list');
  for (const tool of ['hello', 'refuse', 'no-such-tool']) await call(client, tool);
  const built = cluster.ledger.count('built');
  expect(built).toBeGreaterThan(5);
  await until(() => cluster.ledger.count('cleaned up') === cluster.ledger.count('built'));
  expect(cluster.ledger.count(`cleaned up ${client.sessionId}`)).toBeGreaterThan(5);
  await call(await open('{ server, connect, close }'), 'hello');
  await until(() => cluster.ledger.count('wrapper closed') === cluster.ledger.count('wrapper built'));
});

test('one that closes itself before it answers has failed', async () => {
  const { ran, answer } = await call(await open('closesItself'), 'close');
  expect(ran).toBe(runs(3));
  expect(answer).toMatchObject({ error: { message: expect.stringContaining('closed its connection') } });
});

test('what it says while it is greeted is said to nobody; what its handler says is heard', async () => {
  const client = await open('saysWhileGreeted');
  const listening = await client.get();
  await call(client, 'hello');
  await call(client, 'early');
  const waiting = await client.call('waits', 'wait');
  await until(() => cluster.ledger.find('wait began'));
  cluster.ledger.open('greeted');
  cluster.ledger.open('wait');
  await waiting.ended();
  await until(() => listening.messages.length > 0);
  expect(listening.messages).toEqual([{ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }]);
  listening.cut();
});

async function initialize(name: string): Promise<Response> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name, version: '1' } };
  return new BareClient(cluster.url).post({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
}

test('tasks are not advertised, and the start says so', async () => {
  const response = await initialize('tasks');
  const { result } = (await response.json()) as { result: { capabilities: unknown } };
  expect(result.capabilities).toEqual({ tools: {}, experimental: { 'durable-mcp': { joins: 1_000 } } });
  expect(cluster.nodes[0]!.output()).toMatch(/existingServers\.ts declares tasks, which .* not support/);
});

test("the app's process.argv is its own", async () => {
  const { answer } = await call(await open('McpServer'), 'argv');
  const argv = JSON.parse(
    (answer as unknown as { result: { content: [{ text: string }] } }).result.content[0].text,
  ) as string[];
  expect(argv[1]).toMatch(/^\/.*existingServers\.ts$/);
  expect(argv.slice(2)).toEqual(ARGS);
});

test("an error of the app is the app's, whatever its status: the client learns nothing of its text, the log all", async () => {
  const response = await initialize('secret');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret');
  expect(cluster.nodes[0]!.output()).toContain('https://user:secret@db');
});
