/**
 * Each lesson of `examples/` works as its page of docs/ says, with real processes and the official client.
 * (The shop and its demo: examples.test.ts)
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { Cluster, connect, textOf, until } from 'durable-mcp/testing';
import { ROOT } from '../fixtures/root';

const run = promisify(execFile);

let folder: string;
let cluster: Cluster | undefined;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-lessons-'));
  process.env.BANK_FILE = path.join(folder, 'bank');
});
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});
afterAll(async () => {
  delete process.env.BANK_FILE;
  await rm(folder, { recursive: true, force: true });
});

async function serve(lesson: string): Promise<Cluster> {
  cluster = await Cluster.start({ app: `examples/${lesson}.ts`, nodes: 1, workers: 1 });
  return cluster;
}

const bank = async (): Promise<string[]> =>
  (await readFile(path.join(folder, 'bank'), 'utf8')).split('\n').filter(Boolean);

/** Connects a client that answers elicitation (the person, with `reason`) and sampling (the model). */
async function connectWithPerson(url: string, reason: string): Promise<Client> {
  const client = new Client(
    { name: 'lesson', version: '1.0.0' },
    { capabilities: { elicitation: {}, sampling: {} } },
  );
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { reason } }));
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: 'a model',
    role: 'assistant',
    content: { type: 'text', text: 'a summary' },
  }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}

test('quickstart: the worker is killed in the sleep, and the call goes on in another', async () => {
  const { url, workers } = await serve('quickstart/server');
  const client = spawn('npx', ['tsx', 'examples/quickstart/client.ts', url], { cwd: ROOT });
  let said = '';
  client.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const session = await until(() => /session (\S+) calls greet/.exec(said)?.[1]);
  await until(async () => (await cluster!.stateOf(session)).callsInFlight.length > 0);
  await workers.pop()!.kill();
  await cluster!.startWorker();
  await once(client, 'exit');
  expect(said).toMatch(/Hello Ada, you called at 20\d\d-/);
});

test.each(['app', 'command'])('existing server: %s serves the unchanged server', async (module) => {
  const { url } = await serve(`existing-server/${module}`);
  const { client } = await connect(url);
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['roll']);
  expect(textOf(await client.callTool({ name: 'roll', arguments: { sides: 2 } }))).toMatch(/^[12]$/);
  await client.close();
});

test('steps: an order is reserved and charged once, a declined card is followed by the next, a cancelled booking is released', async () => {
  const { url } = await serve('steps/server');
  const { client } = await connect(url);
  const call = async (name: string, args: Record<string, unknown>) =>
    textOf(await client.callTool({ name, arguments: args }));
  expect(await call('order', { cart: 'tea', card: 'ada' })).toBe('receipt for 40');
  expect(await bank()).toEqual(['reserved tea', 'charged ada']);
  expect(await call('order_or_explain', { cart: 'mug', cards: ['empty', 'bob'] })).toBe('receipt for 40');
  expect(await call('order_or_explain', { cart: 'pot', cards: ['empty'] })).toBe('no card was charged');
  expect((await bank()).slice(2)).toEqual([
    'reserved mug',
    'charged bob',
    'reserved pot',
    expect.stringMatching(/^released /),
  ]);
  expect(await call('rules', { cart: 'cup' })).toMatch(/^[0-9a-f-]{36}$/);

  const person = await connectWithPerson(url, '');
  const stop = new AbortController();
  person.setRequestHandler(ElicitRequestSchema, () => {
    stop.abort();
    return new Promise(() => undefined); // the person never answers; the cancelled call ends the wait
  });
  const booking = { name: 'book', arguments: { seat: '12A' } };
  await expect(person.callTool(booking, undefined, { signal: stop.signal })).rejects.toThrow();
  await until(async () => (await bank()).filter((line) => line.startsWith('released')).length === 2);
  await Promise.all([client.close(), person.close()]);
});

test('questions: a person answers, a race has its winner, a model summarizes; a client that cannot ask is not asked', async () => {
  const { url } = await serve('questions/server');
  const person = await connectWithPerson(url, 'a fix');
  const call = async (name: string, args: Record<string, unknown> = {}) =>
    textOf(await person.callTool({ name, arguments: args }));
  expect(await call('deploy', { version: '1.2' })).toBe('1.2 is deployed: a fix');
  expect(await call('ask_in_time')).toBe('answered');
  expect(await call('summarize', { page: 'long' })).toBe('a summary');
  const { client } = await connect(url);
  const deploy = { name: 'deploy', arguments: { version: '1.2' } };
  expect(textOf(await client.callTool(deploy))).toBe('This client cannot ask its user.');
  await Promise.all([client.close(), person.close()]);
});

test('sleep: the worker in which the call slept is killed, and it wakes up in another', async () => {
  const { url, workers } = await serve('sleep/server');
  const { client } = await connect(url);
  let asleep = false;
  const answer = client.callTool({ name: 'remind', arguments: { what: 'tea', after: '2s' } }, undefined, {
    onprogress: () => {
      asleep = true;
    },
  });
  await until(() => asleep);
  await workers.pop()!.kill();
  await cluster!.startWorker();
  expect(textOf(await answer)).toBe('Now: tea');
  await client.close();
});

test('shared state: a session keeps its own, all sessions share the map', async () => {
  const { url } = await serve('shared-state/server');
  const [ada, bob] = [await connect(url), await connect(url)];
  const tools = async ({ client }: typeof ada) => (await client.listTools()).tools.map(({ name }) => name);
  expect(await tools(ada)).not.toContain('who_am_i');
  await ada.client.callTool({ name: 'sign_in', arguments: { user: 'ada' } });
  expect(await tools(ada)).toContain('who_am_i');
  expect(await tools(bob)).not.toContain('who_am_i');
  expect(textOf(await ada.client.callTool({ name: 'who_am_i' }))).toBe('ada');
  const page = { name: 'visit', arguments: { url: 'https://example.org' } };
  await ada.client.callTool(page);
  expect(textOf(await bob.client.callTool(page))).toBe('https://example.org: visit 2');
  expect(textOf(await ada.client.callTool({ name: 'visited' }))).toBe('https://example.org 2');
  await Promise.all([ada.client.close(), bob.client.close()]);
});

test('notifications: a subscriber is told of the note, everybody of the new tool', async () => {
  const { url } = await serve('notifications/server');
  const { client } = await connect(url);
  const heard: string[] = [];
  client.setNotificationHandler(
    ResourceUpdatedNotificationSchema,
    ({ params }) => void heard.push(params.uri),
  );
  client.setNotificationHandler(ToolListChangedNotificationSchema, ({ method }) => void heard.push(method));
  await client.subscribeResource({ uri: 'note://today' });
  await client.callTool({ name: 'write', arguments: { note: 'buy tea' } });
  await until(() => heard.includes('note://today'));
  const { contents } = await client.readResource({ uri: 'note://today' });
  expect(contents).toMatchObject([{ text: 'buy tea' }]);
  // Visibility is eventually consistent: a new session may not be listed yet, and then gets no notification.
  await until(async () => {
    await client.callTool({ name: 'enable_search' });
    return heard.includes('notifications/tools/list_changed');
  });
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('search');
  await client.close();
});

test('testing: a worker is killed in a step, which is done again elsewhere, and the one before is not', async () => {
  await run('npx', ['tsx', 'examples/testing/kill.ts'], { cwd: ROOT });
});
