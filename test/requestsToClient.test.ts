/**
 * Features, row 36: a handler's request to its client is sent once, and the answer counts, whichever
 * processes have died meanwhile.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  isJSONRPCRequest,
} from '@modelcontextprotocol/sdk/types.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { BareClient, type Cluster, type Recorded, textOf, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { alwaysSuspending, runs } from './fixtures/alwaysSuspending';
import { ORDER_METHODS, methodsOf } from './fixtures/orderMessages';

const capabilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const accepted = { action: 'accept', content: { tip: 5 } };

let cluster: Cluster;
const extra: Cluster[] = [];
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/askingApp.ts' });
});
afterEach(async () => {
  await Promise.all(extra.splice(0).map((other) => other.stop()));
});
afterAll(() => cluster.stop());

const start = async (options: Parameters<typeof startCluster>[0]) => {
  const other = await startCluster({ app: 'test/fixtures/askingApp.ts', ...options });
  extra.push(other);
  return other;
};
const open = (url: string) => new BareClient(url).open(capabilities);
const resultOf = (stream: Recorded) => JSON.parse(stream.text) as unknown;

test.each(['stays with its worker', 'is suspended'])(
  'kill node and worker while a call that %s is pending: an answer to another node resolves it, asked once',
  async (how) => {
    const suspended = how === 'is suspended' || alwaysSuspending;
    const own = await start({ workerArgs: ['--suspend-after', suspended ? '100ms' : '1h'] });
    const client = await open(own.nodes[0]!.ready);
    const stream = await client.call(1, 'order');
    const asked = await stream.asked();
    expect(asked).toMatchObject({ method: 'elicitation/create', params: { message: 'Pay?' } });
    if (suspended) await until(() => isSuspended(own, client));

    await own.nodes[0]!.kill();
    await own.killWhoDid('attempt 1');
    client.url = own.nodes[1]!.ready;
    const rest = await client.get(stream.events.at(-1)!.id);
    if (!suspended) await until(() => own.ledger.find('attempt 2'));
    expect((await client.answer(asked, accepted)).status).toBe(202);
    await until(() => own.ledger.find('attempt 2'));
    own.ledger.open('answered');
    await rest.ended();

    expect(resultOf(rest)).toEqual({ reserved: 'seat', paid: 5 });
    expect([...methodsOf(stream), ...methodsOf(rest)]).toEqual(ORDER_METHODS);
    expect(own.ledger.count('reserved')).toBe(1);
    expect(own.ledger.count('charged')).toBe(1);
  },
);

test('kill the worker of a call that holds nearly as much as it may: its next attempt has as much room', async () => {
  const own = await start({});
  const client = await open(own.url);
  const stream = await client.call(1, 'fills');
  const roots = [{ uri: 'file:///home', name: 'x'.repeat(350_000) }];
  await client.answer(await stream.asked(), { roots });
  const filled = await until(() => own.ledger.entries().find(({ what }) => /^filled in attempt/.test(what)));
  await own.killWhoDid(filled.what);
  own.ledger.open('filled');
  await stream.ended();
  expect(stream.text).toBe('all fitted');
});

async function isSuspended(own: Cluster, client: BareClient): Promise<boolean> {
  const { callsInFlight } = await own.stateOf(client.sessionId);
  return callsInFlight[0]?.status === 'suspended';
}

test('an answer that comes while no worker lives counts', async () => {
  const own = await start({ workers: 1, workerArgs: ['--suspend-after', '1h'] });
  const client = await open(own.url);
  const stream = await client.call(1, 'order');
  const asked = await stream.asked();
  await own.killWhoDid('attempt 1');
  await client.answer(asked, accepted);
  await client.answer(asked, { action: 'decline' }); // too late: the first answer counts
  own.ledger.open('answered');
  await own.startWorker();
  await stream.ended();
  expect(resultOf(stream)).toEqual({ reserved: 'seat', paid: 5 });
  expect(stream.messages.filter(isJSONRPCRequest)).toHaveLength(1);
});

test('an answer that comes after an attempt has begun and before it asks counts', async () => {
  const own = await start({ workerArgs: ['--suspend-after', '1h'] });
  const client = await open(own.url);
  const stream = await client.call(1, 'order-late');
  const asked = await stream.asked();
  await own.killWhoDid('late attempt 1');
  // A suspended call starts no second attempt before its answer has come.
  if (!alwaysSuspending) await until(() => own.ledger.find('late attempt 2'));
  await client.answer(asked, accepted);
  own.ledger.open('ask');
  await stream.ended();
  expect(resultOf(stream)).toEqual(accepted);
});

test('decline, cancel and an error each reach the tool', async () => {
  cluster.ledger.open('answered');
  const client = await open(cluster.url);
  for (const [id, action] of ['decline', 'cancel'].entries()) {
    const stream = await client.call(id, 'order');
    await client.answer(await stream.asked(), { action });
    await stream.ended();
    expect(resultOf(stream)).toEqual({ action });
  }
  const stream = await client.call('error', 'order');
  const { id } = await stream.asked();
  await client.post({ jsonrpc: '2.0', id, error: { code: -1, message: 'nobody is there' } });
  await stream.ended();
  expect(stream.messages.at(-1)).toMatchObject({ result: { isError: true } });
  expect(cluster.ledger.find('refused: MCP error -1: nobody is there')).toBeDefined();
});

test.each([
  ['of no shape', 'an answer', /malformed/],
  ['of another schema', { action: 'accept', content: { tip: 'much' } }, /does not match requested schema/],
])('an answer %s is an error for that call alone, and is not asked again', async (_what, answer, says) => {
  const client = await open(cluster.url);
  const stream = await client.call(1, 'order');
  const { id } = await stream.asked();
  const result = typeof answer === 'string' ? { answer } : answer;
  await client.post({ jsonrpc: '2.0', id, result });
  await stream.ended();
  expect(stream.result.isError).toBe(true);
  expect(stream.text).toMatch(says);
  expect(stream.messages.filter(isJSONRPCRequest)).toHaveLength(1);
});

test('an answer that is too large to be kept is an error for that call alone, at every attempt', async () => {
  const client = await open(cluster.url);
  const stream = await client.call(1, 'order');
  await client.answer(await stream.asked(), {
    action: 'accept',
    content: { tip: 5, why: 'x'.repeat(500_000) },
  });
  await stream.ended();
  expect(stream.text).toMatch(/more than 400000 bytes/);
});

test('an answer to an unknown id is acknowledged and changes nothing', async () => {
  const client = await open(cluster.url);
  for (const id of ['never asked', 7])
    expect((await client.post({ jsonrpc: '2.0', id, result: accepted })).status).toBe(202);
  const stream = await client.call(1, 'recall');
  await stream.ended();
  expect(resultOf(stream)).toEqual({});
});

test('a client that did not declare the capability is not asked', async () => {
  const client = await new BareClient(cluster.url).open();
  for (const tool of ['order', 'ask-model', 'ask-roots']) {
    const stream = await client.call(tool, tool);
    await stream.ended();
    expect(stream.messages.filter(isJSONRPCRequest)).toEqual([]);
    expect(stream.messages.at(-1)).toMatchObject({ result: { isError: true } });
  }
  const refusals = cluster.ledger.entries().filter(({ what }) => /^refused: .* did not declare/.test(what));
  expect(refusals).toHaveLength(runs(1)); // no retry, since it would fail again
});

test('a client that can be asked with a form alone is not asked with a URL, and the other way round', async () => {
  for (const [can, cannot, tool] of [
    ['form', 'url', 'open-page'],
    ['url', 'form', 'order'],
  ] as const) {
    const client = await new BareClient(cluster.url).open({ elicitation: { [can]: {} } });
    const stream = await client.call(1, tool);
    await stream.ended();
    expect(stream.messages.filter(isJSONRPCRequest)).toEqual([]);
    expect(stream.result.isError).toBe(true);
    expect(stream.text).toContain(`did not declare the capability elicitation.${cannot}`);
  }
  expect(cluster.ledger.count(`open-page attempt ${runs(1) + 1}`)).toBe(0); // no retry, since it would fail again
});

test.each([
  ['an empty capability', {}],
  ['one of the Go SDK 1.2', { Form: null, URL: null }],
])('a client that names no mode of elicitation, by %s, can be asked with a form', async (_, elicitation) => {
  const client = await new BareClient(cluster.url).open({ elicitation });
  // `order-once` asks by `ctx.elicit`, `impatient` by the SDK's own server.
  for (const tool of ['order-once', 'impatient']) {
    const stream = await client.call(tool, tool);
    expect(await stream.asked()).toMatchObject({
      method: 'elicitation/create',
      params: { message: 'Pay?' },
    });
    stream.cut();
  }
});

test('a request that the handler gives up is taken back from the client, which is told so', async () => {
  const client = await open(cluster.url);
  const stream = await client.call(1, 'impatient');
  const asked = await stream.asked();
  await stream.ended();
  expect(stream.messages.slice(1)).toMatchObject([
    { method: 'notifications/cancelled', params: { requestId: asked.id } },
    { result: { content: [{ text: expect.stringContaining('timed out') }] } },
  ]);
  expect((await client.answer(asked, accepted)).status).toBe(202);
});

test('cancelling the call ends its waiting', async () => {
  const client = await open(cluster.url);
  const stream = await client.call(1, 'order');
  const asked = await stream.asked();
  await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
  await stream.ended();
  await until(async () => (await cluster.stateOf(client.sessionId)).callsInFlight.length === 0);
  expect((await client.answer(asked, accepted)).status).toBe(202);
  expect(methodsOf(stream).at(-1)).toBe('elicitation/create');
});

test('a call waits longer than its time where it waits for a person, and not where it works', async () => {
  const own = await start({ workers: 1, workerArgs: ['--suspend-after', '1h'] });
  const client = await open(own.url);
  const patient = await client.call(1, 'order-briefly');
  const asked = await patient.asked();
  const working = await client.call(2, 'order-briefly');
  await client.answer(await working.asked(), { action: 'accept', content: { tip: 0 } });
  await working.ended(); // ends by its timeout of 5 s, when the timeout of the first call has passed too
  expect(working.text).toMatch(/did not end within its time/);
  await client.answer(asked, accepted);
  await until(() => own.ledger.count('order-briefly was answered') === 2);
  own.ledger.open('tip 5');
  await patient.ended();
  expect(resultOf(patient)).toEqual(accepted);
});

test('an at-most-once call waits in its worker, and is asked and run once', async () => {
  const own = await start({ workers: 1, workerArgs: ['--suspend-after', '1ms'] });
  const client = await open(own.url);
  const stream = await client.call(1, 'order-once');
  const asked = await stream.asked();
  expect(await isSuspended(own, client)).toBe(false);
  await client.answer(asked, accepted);
  await stream.ended();
  expect(resultOf(stream)).toEqual(accepted);
  expect(own.ledger.count('order-once ran')).toBe(1);
});

test.each(['sse', 'json'])(
  'the official client answers elicitation, sampling and roots (%s)',
  async (mode) => {
    const own = mode === 'json' ? await start({ nodeArgs: ['--json-responses'] }) : cluster;
    own.ledger.open('answered');
    const client = new Client(
      { name: 'test', version: '1' },
      { capabilities: { ...capabilities, roots: {} } },
    );
    client.setRequestHandler(ElicitRequestSchema, ({ params }) =>
      params.mode === 'url' ? { action: 'decline' } : { action: 'accept', content: { tip: 7 } },
    );
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: 'm',
      role: 'assistant',
      content: { type: 'text', text: 'Hello' },
    }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///a' }] }));
    await client.connect(new StreamableHTTPClientTransport(new URL(own.url)));
    const call = async (name: string) => JSON.parse(textOf(await client.callTool({ name }))) as unknown;
    expect(await call('order')).toEqual({ reserved: 'seat', paid: 7 });
    expect(await call('open-page')).toEqual({ action: 'decline' });
    expect(await call('ask-model')).toEqual({ type: 'text', text: 'Hello' });
    expect(await call('ask-roots')).toEqual([{ uri: 'file:///a' }]);
    expect(await call('ask-both')).toEqual([{ tip: 7 }, [{ uri: 'file:///a' }]]);
    await client.close();
  },
);

test('the same question twice in an unchanged server is asked twice, and not again by a later attempt', async () => {
  const own = await start({ app: 'test/fixtures/unchangedAskingApp.ts', workers: 2 });
  const client = await open(own.url);
  const stream = await client.call(1, 'pay');
  const first = await stream.asked();
  await client.answer(first, accepted);
  const second = await until(() => stream.messages.filter(isJSONRPCRequest)[1]);
  await own.killWhoDid('pay ran');
  await client.answer(second, { action: 'accept', content: { tip: 6 } });
  await stream.ended();
  expect(resultOf(stream)).toEqual([5, 6]);
  expect(stream.messages.filter(isJSONRPCRequest)).toHaveLength(2);
  expect(own.ledger.count('pay ran')).toBe(2);
});
