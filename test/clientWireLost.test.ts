/** A server that no longer has the session: one `initialize` for all, and never a second effect. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ElicitRequestSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { until } from 'durable-mcp/testing';
import { memoryStore } from '../src/client/store/memory';
import {
  type BareServer,
  cut,
  event,
  gone,
  result,
  says,
  startBareServer,
  status,
  stream,
} from './fixtures/bareServer';
import { connected, endConnected, placeWritten } from './fixtures/connected';
import { startPlainServer } from './fixtures/plainServer';

let server: BareServer;
let joining: BareServer;
beforeAll(async () => {
  server = await startBareServer();
  joining = await startBareServer({ joins: true });
});
afterEach(async () => {
  await endConnected();
  server.reset();
  joining.reset();
});
afterAll(() => Promise.all([server.stop(), joining.stop()]));

const sessionsOf = (bare: BareServer, kind: string) => bare.of(kind).map(({ session }) => session);

test('ten calls at once: one initialize without the old id, initialized, and each call once in the new session', async () => {
  const { call, transport } = await connected(server.url);
  server.lose();
  const isOpening = () => server.of('initialize').length >= 2;
  const isOpen = () => server.of('notifications/initialized').length >= 2;
  let refusals = 0;
  server.always('tools/call', async (seen) => {
    if (seen.session !== 'session-1') return says('done')(seen);
    await until(() => sessionsOf(server, 'tools/call').length >= 10); // all are under way
    // The last refusals come while the session is being opened, and after it was.
    refusals++;
    if (refusals > 6) await until(refusals > 8 ? isOpen : isOpening);
    return gone(seen);
  });
  server.script('notifications/initialized', status(503));
  const answers = await Promise.all(Array.from({ length: 10 }, () => call('charge')));
  expect(answers).toEqual(Array(10).fill('done'));
  expect(sessionsOf(server, 'initialize')).toEqual([undefined, undefined]);
  expect(sessionsOf(server, 'tools/call').slice(0, 10)).toEqual(Array(10).fill('session-1'));
  expect(sessionsOf(server, 'tools/call').slice(10)).toEqual(Array(10).fill('session-2'));
  expect(server.of('notifications/initialized').length).toBe(3); // with the one that got 503
  expect(transport.session).toMatchObject({ id: 'session-2', restored: false });
  const first = server.of('tools/call')[10]!;
  const initialized = server.of('notifications/initialized').at(-1)!;
  expect(first.at).toBeGreaterThan(initialized.at);
});

test('the session is taken up again after a moment of 404 by a proxy, and is not opened anew', async () => {
  const { call } = await connected(server.url);
  server.script('tools/call', status(404), status(404));
  expect(await call('charge')).toBe('done');
  expect(server.of('initialize')).toHaveLength(1);
  expect(sessionsOf(server, 'tools/call')).toEqual(Array(3).fill('session-1'));
});

test('404 to everything for a moment: the session is opened anew, as often as it takes', async () => {
  const { call } = await connected(server.url);
  const everything = ['initialize', 'tools/call', 'ping', 'GET'];
  everything.forEach((kind) => server.always(kind, status(404)));
  const answer = call('charge');
  await until(() => server.of('initialize').length >= 3);
  everything.forEach((kind) => server.always(kind, undefined));
  expect(await answer).toBe('done');
  expect(await call('charge')).toBe('done');
});

test('a server that loses each session at once is not asked without a pause', async () => {
  const { call } = await connected(server.url, { backoff: { first: 200, factor: 1, giveUp: 1_500 } });
  server.always('tools/call', gone);
  await expect(call('charge')).rejects.toMatchObject({ name: 'ConnectError', phase: 'unsent' });
  expect(server.of('tools/call').length).toBeLessThan(200);
});

test('a call that may have run is not sent in another session', async () => {
  for (const bare of [server, joining]) {
    const { call } = await connected(bare.url);
    bare.script(
      'tools/call',
      stream(event('e1'), ({ res }) => (bare.lose(), res.destroy(), '')),
    );
    const error: unknown = await call('charge').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'SessionLost',
      oldId: 'session-1',
      newId: 'session-2',
      phase: 'maybe',
    });
    expect(bare.of('tools/call')).toHaveLength(1);
    expect(await call('charge')).toBe('done');
  }
});

test('... nor if another call has opened that one meanwhile', async () => {
  const { call } = await connected(joining.url, { backoff: { first: 300, factor: 1 } });
  joining.script('tools/call', cut);
  const first = call('charge');
  await until(() => joining.of('tools/call')[0]);
  joining.lose();
  const second = call('other');
  await expect(first).rejects.toMatchObject({ name: 'SessionLost' });
  expect(await second).toBe('done');
  const charges = joining.of('tools/call').filter(({ message }) => message.params?.name === 'charge');
  expect(charges.every(({ session }) => session === 'session-1')).toBe(true);
});

test('what only reads goes on in the new session', async () => {
  const { call } = await connected(server.url);
  server.script('tools/call', (seen) => {
    server.lose();
    seen.res.destroy();
  });
  expect(await call('look', {}, { 'durable-mcp/idempotent': true })).toBe('done');
  expect(sessionsOf(server, 'tools/call')).toEqual(['session-1', 'session-1', 'session-2']);
});

test('close() and cancellation do not wait for a session that cannot be opened', async () => {
  const store = memoryStore();
  const { client, call, group } = await connected(server.url, { store });
  server.lose();
  server.always('initialize', status(503));
  const answer = call('charge', {}, { 'durable-mcp/key': 'k' }).catch((error: unknown) => error);
  const abort = new AbortController();
  const options = { signal: abort.signal };
  const other = client.callTool({ name: 'other' }, undefined, options).catch((error: unknown) => error);
  await until(() => server.of('initialize').length >= 3);
  abort.abort('enough');
  await other;
  await client.close();
  expect(await answer).toMatchObject({ name: 'Closed' });
  const records = (await store.list(group)).filter(({ name }) => name.startsWith('key/'));
  expect(records).toHaveLength(1); // for the next process
});

test("a question of the lost session is not answered with what is said to the next one's", async () => {
  const asked: ((answer: ElicitResult) => void)[] = [];
  const client = new Client({ name: 'asked', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => new Promise((resolve) => asked.push(resolve)));
  const { call } = await connected(server.url, {}, client);
  const question = event(undefined, { jsonrpc: '2.0', id: 0, method: 'elicitation/create', params: form });
  server.script('tools/call', stream(question));
  const lost = call('first').catch((error: unknown) => error);
  await until(() => asked.length === 1);
  server.lose();
  await call('any');
  const answered = () => server.of('response').length > 0;
  server.script(
    'tools/call',
    stream(question, async (seen) => {
      await until(answered);
      const answer = result(undefined, 'asked');
      return typeof answer === 'string' ? answer : answer(seen);
    }),
  );
  const second = call('second');
  await until(() => asked.length === 2);
  asked[0]?.({ action: 'accept', content: { name: 'old' } });
  asked[1]?.({ action: 'accept', content: { name: 'new' } });
  expect(await second).toBe('asked');
  expect(server.of('response').map(({ message }) => message)).toMatchObject([
    { id: 0, result: { content: { name: 'new' } } },
  ]);
  await client.close();
  await lost;
});

test("the official SDK's server restarts: calls go on, and one that may have run does not run again", async () => {
  const plain = await startPlainServer();
  const store = memoryStore();
  const { call } = await connected(plain.url, { store });
  const open = call('gated', { name: 'open' }).catch((error: unknown) => error);
  await until(() => plain.effects.includes('open started'));
  await placeWritten(store, plain.url);
  await plain.lose();
  expect(await open).toMatchObject({ name: 'SessionLost', phase: 'maybe' });
  expect(await call('charge', { amount: 5 })).toBe('charged 5');
  expect(plain.effects.filter((effect) => effect === 'open started')).toHaveLength(1);
  await plain.close();
});

const form = {
  message: 'Who are you?',
  requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
};
