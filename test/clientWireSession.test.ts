/** What a client sends to open, keep and end a session: bytes, headers and ids. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { until } from 'durable-mcp/testing';
import { memoryStore } from '../src/client/store/memory';
import { type BareServer, log, startBareServer, status, stream } from './fixtures/bareServer';
import { connected, endConnected } from './fixtures/connected';

let server: BareServer;
let joining: BareServer;
beforeAll(async () => {
  server = await startBareServer();
  joining = await startBareServer({ joins: true });
});
afterEach(async () => {
  await endConnected();
  server.reset();
});
afterAll(() => Promise.all([server.stop(), joining.stop()]));

const VERSION = '2025-11-25';

test('initialize has no session, initialized is taken, then the session is listened to; the version is in each header', async () => {
  await connected(server.url);
  await until(() => server.of('GET')[0]);
  const kinds = server.seen.map(({ kind }) => kind);
  expect(kinds).toEqual(['initialize', 'notifications/initialized', 'GET']);
  const [first, ...others] = server.seen;
  expect(first?.headers).not.toHaveProperty('mcp-session-id');
  expect(first?.headers).not.toHaveProperty('mcp-protocol-version');
  for (const { headers } of others)
    expect(headers).toMatchObject({ 'mcp-session-id': 'session-1', 'mcp-protocol-version': VERSION });
});

test('restored: no initialize; the stored event id, the version, and what the server can do are known', async () => {
  const store = memoryStore();
  server.script('GET', stream(log('event-7', 'seven')));
  const first = await connected(server.url, { store });
  await until(async () => (await store.list(first.group)).find(({ value }) => value.includes('event-7')));
  await first.client.close();
  const before = server.seen.length;

  const second = await connected(server.url, { store });
  const resumed = await until(() => server.of('RESUME')[0]);
  expect(resumed.headers).toMatchObject({
    'last-event-id': 'event-7',
    'mcp-session-id': 'session-1',
    'mcp-protocol-version': VERSION,
  });
  await second.call('any');
  const kinds = server.seen.slice(before).map(({ kind }) => kind);
  expect(kinds).not.toContain('initialize');
  expect(kinds).not.toContain('notifications/initialized');
  for (const { headers } of server.seen.slice(before))
    expect(headers).toMatchObject({ 'mcp-session-id': 'session-1', 'mcp-protocol-version': VERSION });
  expect(second.client.getServerCapabilities()).toMatchObject({ tools: {}, logging: {} });
  expect(second.client.getServerVersion()).toMatchObject({ name: 'bare' });
});

test('close() sends no DELETE, and end() one; 404 and 405 to it are a success', async () => {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const closed = await connected(server.url, { onWarning });
  await closed.client.close();
  expect(server.of('DELETE')).toEqual([]);
  for (const answer of [200, 404, 405]) {
    server.script('DELETE', status(answer));
    const store = memoryStore();
    const ended = await connected(server.url, { store, onWarning });
    await ended.transport.end();
    expect(await store.list(ended.group)).toEqual([]);
  }
  expect(server.of('DELETE')).toHaveLength(3);
  expect(warnings).toEqual([]);
});

test("one user's record never serves another", async () => {
  const store = memoryStore();
  const sessionOf = async (options: object) => {
    const { client, transport } = await connected(server.url, { store, ...options });
    const { id, restored } = transport.session!;
    await client.close();
    return `${id} ${restored ? 'restored' : 'opened'}`;
  };
  expect(await sessionOf({ user: 'a' })).toBe('session-1 opened');
  expect(await sessionOf({ user: 'b' })).toBe('session-2 opened');
  expect(await sessionOf({ headers: { authorization: 'Bearer a' } })).toBe('session-3 opened');
  expect(await sessionOf({ headers: { authorization: 'Bearer b' } })).toBe('session-4 opened');
  expect(await sessionOf({ user: 'a', namespace: 'other' })).toBe('session-5 opened');
  expect(await sessionOf({ user: 'a' })).toBe('session-1 restored');
  expect(await sessionOf({ headers: { authorization: 'Bearer b' } })).toBe('session-4 restored');
  await expect(connected(server.url, { store, headers: async () => ({}) })).rejects.toThrow(/give `user`/);
});

test('the progress token is the id, and both are the same in each re-send, as is every byte', async () => {
  const { client } = await connected(joining.url);
  joining.script('tools/call', status(503), status(502));
  const heard: number[] = [];
  await client.callTool({ name: 'charge', arguments: { b: 1, a: 2 } }, undefined, {
    onprogress: ({ progress }) => heard.push(progress),
  });
  const sent = joining.of('tools/call');
  expect(sent).toHaveLength(3);
  expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
  const { id, params } = sent[0]!.message;
  expect(id).toEqual(expect.stringMatching(/^[\w-]{16}\.\d+$/));
  expect(params?._meta).toEqual({ progressToken: id });
});

test('an official client gets errors, ids and answers as over its own transport', async () => {
  const client = new Client({ name: 'plain', version: '1' });
  const { transport } = await connected(server.url, {}, client);
  expect(transport.sessionId).toBeUndefined();
  await expect(client.ping()).resolves.toEqual({});
});
