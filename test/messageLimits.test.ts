/**
 * Oversized methods, names, URIs and notifications are refused before they are processed, and leave no trace
 * in the session or on its node.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, waitUntilIdle } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let client: BareClient;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1 });
  client = await new BareClient(cluster.url).open();
});
afterAll(() => cluster.stop());

const words = (bytes: number) => 'ü'.repeat(bytes / 2);
const request = (method: string, params: Record<string, unknown>) => ({
  jsonrpc: '2.0',
  id: 'r',
  method,
  params,
});
const written = async () => (await waitUntilIdle(await cluster.workflowOf(client.sessionId))).events.length;

async function expectRefusal(message: unknown, status: number, code: number, text: RegExp): Promise<void> {
  const response = await client.post(message);
  expect([response.status, await response.json()]).toMatchObject([
    status,
    { error: { code, message: expect.stringMatching(text) } },
  ]);
}

const initialize = (changed: Record<string, unknown>) =>
  request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'n', version: '1' },
    ...changed,
  });
const ref = { type: 'ref/prompt', name: 'greet' };

test.each([
  ['a tool', 'name', request('tools/call', { name: words(258) })],
  ['a prompt', 'name', request('prompts/get', { name: words(258) })],
  ['a completed prompt', 'ref.name', request('completion/complete', { ref: { ...ref, name: words(258) } })],
  [
    'a completed argument',
    'argument.name',
    request('completion/complete', { ref, argument: { name: words(258), value: '' } }),
  ],
  ['a protocol version', 'protocolVersion', initialize({ protocolVersion: words(258) })],
  ['a client', 'clientInfo.name', initialize({ clientInfo: { name: words(258), version: '1' } })],
  [
    "a client's version",
    'clientInfo.version',
    initialize({ clientInfo: { name: 'n', version: words(258) } }),
  ],
  ['a log level', 'level', request('logging/setLevel', { level: words(258) })],
  ['a resource', 'uri', request('resources/read', { uri: words(2_002) })],
  ['a subscription', 'uri', request('resources/subscribe', { uri: words(2_002) })],
  [
    'a completed template',
    'ref.uri',
    request('completion/complete', { ref: { type: 'ref/resource', uri: words(2_002) } }),
  ],
  ['a cursor', 'cursor', request('tools/list', { cursor: words(2_002) })],
])('%s: the params.%s is too long', async (_what, place, message) => {
  const before = await written();
  const text = new RegExp(`^The params\\.${place} of .* (256|2000), which are the limit\\.$`);
  await expectRefusal(message, 400, -32602, text);
  expect(await written()).toBe(before);
});

test('a method that is too long, and a name or URI that is none', async () => {
  await expectRefusal(request(words(258), {}), 400, -32600, /^The method has more than 256 bytes/);
  await expectRefusal(request('tools/call', { name: ['echo'] }), 400, -32602, /needs params\.name/);
  await expectRefusal(request('tools/call', {}), 400, -32602, /needs params\.name/);
  await expectRefusal(request('resources/read', { uri: {} }), 400, -32602, /needs params\.uri/);
});

test('a notification over 64 kB is refused, one below is taken; a response may be as large as a request', async () => {
  const notification = (bytes: number) => ({
    jsonrpc: '2.0',
    method: 'notifications/x',
    params: { x: 'x'.repeat(bytes) },
  });
  await expectRefusal(notification(64_000), 413, -32600, /^The notification has more than 64000 bytes/);
  expect((await client.post(notification(63_000))).status).toBe(202);
  const response = { jsonrpc: '2.0', id: 'nobody asked', result: { x: 'x'.repeat(900_000) } };
  expect((await client.post(response)).status).toBe(202);
});

test('what is as long as it may be is served, and arguments and _meta are free', async () => {
  const uri = 'x://'.padEnd(2_000, 'x');
  expect(await client.ask('resources/subscribe', { uri })).toMatchObject({ error: { code: -32002 } });
  const stream = await client.call(1, 'echo', { value: 'x'.repeat(10_000), name: 'x'.repeat(10_000) });
  await stream.ended();
  expect(stream.text).toHaveLength(10_000);
});

test('calls of a tool with an endless name: the session goes on', async () => {
  const names = Array.from({ length: 20 }, (_, id) => client.callMessage(`long ${id}`, 'a'.repeat(450_000)));
  const answers = await Promise.all(names.map((message) => client.post(message)));
  expect(answers.map(({ status }) => status)).toEqual(names.map(() => 400));
  const stream = await client.call('after', 'echo', { value: 'fine' });
  await stream.ended();
  expect(stream.text).toBe('fine');
});
