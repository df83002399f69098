/** Every operation by another principal on a session gets the same answer as for a session that does not exist. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BareClient, type Recorded, until } from 'durable-mcp/testing';
import { startGuarded, type Guarded } from './fixtures/guarded';

let guarded: Guarded;
let ada: BareClient;
/** Another principal of the same issuer, with a session of its own at the second node. */
let bob: BareClient;
beforeAll(async () => {
  guarded = await startGuarded(2, 1);
  ada = await guarded.open({ sub: 'ada' });
  bob = await guarded.open({ sub: 'bob' }, 1);
});
afterAll(() => guarded.stop());

const CANARY = 'the words of Ada';

/** All operations, sent to the session `id` with the credential of `as`. */
const operations: [
  string,
  (as: BareClient, id: string, lastEventId: string, asked: unknown) => Promise<Response>,
][] = [
  ['a call', (as, id) => on(as, id).post(as.callMessage('c', 'whoami'))],
  ['a call that Ada made', (as, id) => on(as, id).post(as.callMessage('words', 'echo', { words: CANARY }))],
  ['ping', (as, id) => on(as, id).post({ jsonrpc: '2.0', id: 'p', method: 'ping' })],
  ['tools/list', (as, id) => on(as, id).post({ jsonrpc: '2.0', id: 'l', method: 'tools/list' })],
  [
    'resources/read',
    (as, id) =>
      on(as, id).post({ jsonrpc: '2.0', id: 'r', method: 'resources/read', params: { uri: 'note://one' } }),
  ],
  [
    'logging/setLevel',
    (as, id) =>
      on(as, id).post({ jsonrpc: '2.0', id: 's', method: 'logging/setLevel', params: { level: 'error' } }),
  ],
  ['a call that the node runs', (as, id) => on(as, id).post(as.callMessage('n', 'whoami_node'))],
  ['an inline call', (as, id) => on(as, id).post(as.callMessage('i', 'whoami_inline'))],
  [
    'resources/subscribe',
    (as, id) =>
      on(as, id).post({
        jsonrpc: '2.0',
        id: 'b',
        method: 'resources/subscribe',
        params: { uri: 'note://one' },
      }),
  ],
  [
    'prompts/get',
    (as, id) => on(as, id).post({ jsonrpc: '2.0', id: 'g', method: 'prompts/get', params: { name: 'p' } }),
  ],
  [
    'completion/complete',
    (as, id) =>
      on(as, id).post({
        jsonrpc: '2.0',
        id: 'm',
        method: 'completion/complete',
        params: { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: '' } },
      }),
  ],
  ['notifications/initialized', (as, id) => on(as, id).initialized()],
  ['an unknown method', (as, id) => on(as, id).post({ jsonrpc: '2.0', id: 'x', method: 'no/such' })],
  [
    'notifications/cancelled',
    (as, id) =>
      on(as, id).post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'ask' } }),
  ],
  [
    "the answer to Ada's question",
    (as, id, _at, asked) =>
      on(as, id).post({ jsonrpc: '2.0', id: asked, result: { action: 'accept', content: { name: 'Bob' } } }),
  ],
  ['GET', async (as, id) => (await on(as, id).get()).response],
  [
    'GET from an event id of Ada',
    async (as, id, lastEventId) => (await on(as, id).get(lastEventId)).response,
  ],
  ['initialize', (as, id) => on(as, id).post({ jsonrpc: '2.0', id: 'o', method: 'initialize' })],
  ['DELETE', (as, id) => on(as, id).delete()],
];

/** A client with the same credential, for another session. */
function on(client: BareClient, sessionId: string): BareClient {
  const other = Object.create(client) as BareClient;
  other.sessionId = sessionId;
  return other;
}

/** All that a client can observe of an answer. */
const seen = async (response: Response) => ({
  status: response.status,
  body: await response.text(),
  headers: Object.fromEntries(
    [...response.headers].filter(([name]) => !['date', 'content-length'].includes(name)),
  ),
});

let asking: Recorded;
let question: { id: unknown };
let lastEventId: string;
beforeAll(async () => {
  await (await ada.call('words', 'echo', { words: CANARY })).ended();
  asking = await ada.call('ask', 'ask');
  question = await asking.asked();
  lastEventId = asking.events[0]!.id!;
});

test.each(operations)('%s', async (_what, operation) => {
  for (const node of guarded.cluster.nodes) {
    const as = on(bob, '');
    as.url = node.ready;
    const strange = await seen(await operation(as, ada.sessionId, lastEventId, question.id));
    const unknown = await seen(await operation(as, randomUUID(), lastEventId, question.id));
    expect(strange).toEqual(unknown);
    expect(strange.status).toBe(_what === 'initialize' ? 400 : 404);
    expect(strange.body).not.toContain(CANARY);
  }
});

test("Bob's own session does not know Ada's event ids", async () => {
  const { response } = await bob.get(lastEventId);
  expect(await response.text()).not.toContain('Who are you');
});

test("Ada's session has noticed nothing, and her question is hers to answer", async () => {
  await ada.answer(question as never, { action: 'accept', content: { name: 'Ada' } });
  await asking.ended();
  expect(asking.text).toBe('{"name":"Ada"}');
  const state = await guarded.cluster.stateOf(ada.sessionId);
  await until(() => state.callsInFlight.length === 0);
  expect((await ada.delete()).status).toBe(204);
});

test('who calls is the same at an activity, inline and in the node, and in the form of the SDK', async () => {
  const client = await guarded.open({ sub: 'ada', scope: 'a b', team: 'x' });
  const auth = {
    principal: `${guarded.issuer.url} ada`,
    issuer: guarded.issuer.url,
    subject: 'ada',
    clientId: 'app',
    scopes: ['a', 'b'],
    expiresAt: expect.any(Number),
    claims: {},
  };
  for (const tool of ['whoami', 'whoami_inline', 'whoami_node']) {
    const stream = await client.call(tool, tool);
    await stream.ended();
    expect(JSON.parse(stream.text)).toEqual(auth);
  }
  const stream = await client.call('info', 'auth_info');
  await stream.ended();
  expect(JSON.parse(stream.text)).toMatchObject({ token: '', clientId: 'app', scopes: ['a', 'b'] });
});

test('a new token of the same subject keeps the session; that of a client of that name does not', async () => {
  const client = await guarded.open({ sub: 'ada', client_id: 'phone' });
  client.token = guarded.token({ sub: 'ada', client_id: 'desk', scope: 'more' });
  expect((await client.post({ jsonrpc: '2.0', id: 'p', method: 'ping' })).status).toBe(200);
  client.token = guarded.token({ sub: undefined, client_id: 'ada' });
  expect((await client.post({ jsonrpc: '2.0', id: 'p', method: 'ping' })).status).toBe(404);
});
