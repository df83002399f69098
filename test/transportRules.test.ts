/**
 * Specification 2025-11-25, transports: which requests are refused, with which status; a refused request
 * leaves no trace.
 */
import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let client: BareClient;
let node: string;
beforeAll(async () => {
  cluster = await startCluster({
    nodes: 1,
    workers: 1,
    nodeArgs: ['--allow-origin', 'https://friend.example', '--allow-host', 'friend.example'],
  });
  node = cluster.nodes[0]!.ready;
  client = await new BareClient(node).open();
});
afterAll(() => cluster.stop());

const ping = { jsonrpc: '2.0', id: 'ping', method: 'ping' };
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'again', version: '1' } },
};

/** `id`: the request's id in the error, `null` if the node could not read it. */
async function expectError(
  response: Response,
  status: number,
  code: number,
  id: string | number | null = null,
): Promise<void> {
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  expect(response.headers.get('content-type')).toMatch(/application\/json/);
  expect(JSON.parse(text)).toMatchObject({
    jsonrpc: '2.0',
    id,
    error: { code, message: expect.any(String) },
  });
}

test.each([
  ['no accept', { accept: '' }, 406],
  ['JSON alone', { accept: 'application/json' }, 406],
  ['events alone', { accept: 'text/event-stream' }, 406],
  ['HTML alone', { accept: 'text/html, application/xhtml+xml' }, 406],
  ['all but events', { accept: '*/*, text/event-stream;q=0' }, 406],
  ['a type that only begins well', { accept: 'application/json-seq, text/event-stream' }, 406],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['text', { 'content-type': 'text/plain' }, 415],
  ['an unknown charset', { 'content-type': 'application/json; charset=klingon' }, 415],
  ['an unknown encoding', { 'content-encoding': 'secret' }, 415],
  ['a foreign origin', { origin: 'https://evil.example' }, 403],
  ['an opaque origin', { origin: 'null' }, 403],
  ['an origin that only begins well', { origin: 'http://localhost.evil.example' }, 403],
])('POST with %s', async (_what, headers, status) => {
  await expectError(await client.post(ping, headers), status, -32000);
});

test.each([
  ['anything', '*/*'],
  ['both kinds', 'text/*, application/*;q=0.1'],
  ['one type and one kind', 'application/json, text/*'],
  ['both with parameters', 'Application/JSON; charset=UTF-8, text/event-stream;q=1.0'],
  ['anything else excluded', 'application/json, text/event-stream, */*;q=0'],
])('POST that accepts %s', async (_what, accept) => {
  expect((await client.post(ping, { accept })).status).toBe(200);
});

test.each(['2099-01-01', 'latest'])(
  'the protocol version %s is refused, but of initialize, whose body says it',
  async (version) => {
    const header = { 'mcp-protocol-version': version };
    await expectError(await client.post(ping, header), 400, -32000, 'ping');
    await expectError(
      await fetch(node, {
        headers: { ...header, accept: 'text/event-stream', 'mcp-session-id': client.sessionId },
      }),
      400,
      -32000,
    );
    const opened = await new BareClient(node).post(initialize, header);
    expect(await opened.json()).toMatchObject({ id: 1, result: { protocolVersion: '2025-06-18' } });
  },
);

test('a foreign origin is refused whatever it asks', async () => {
  const headers = {
    origin: 'https://evil.example',
    accept: 'text/event-stream',
    'mcp-session-id': client.sessionId,
  };
  for (const method of ['GET', 'DELETE'])
    await expectError(await fetch(node, { method, headers }), 403, -32000);
});

test('a foreign Host is refused, a local or allowed one served', async () => {
  const { hostname, port } = new URL(node);
  expect(hostname).toBe('127.0.0.1'); // unless --host says otherwise
  const statusFor = (host: string) =>
    new Promise<number>((resolve, reject) => {
      const socket = connectSocket(Number(port), '127.0.0.1');
      socket.on('error', reject).on('data', (data: Buffer) => {
        resolve(Number(data.toString().split(' ')[1]));
        socket.destroy();
      });
      socket.write(`PUT /mcp HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
  expect(await statusFor('evil.example')).toBe(403);
  expect(await statusFor(`localhost:${port}`)).toBe(405);
  expect(await statusFor('friend.example')).toBe(405);
});

test.each([
  ['nothing', '', -32600],
  ['no JSON', '{"jsonrpc"', -32700],
  ['control characters', '\u0000\u0001', -32700],
  ['a number', '17', -32600],
  ['null', 'null', -32600],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
  ['an empty batch', '[]', -32600],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
  ['a null id', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
  ['a broken id', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600],
  ['an object id', '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
  ['a method that is none', '{"jsonrpc":"2.0","id":1,"method":7}', -32600],
  ['params that are none', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', -32600],
  ['an endless id', JSON.stringify({ ...ping, id: 'x'.repeat(10_000) }), -32600],
  ['endless nesting', '['.repeat(200_000) + ']'.repeat(200_000), -32600],
  [
    'deep nesting',
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
    -32600,
  ],
])('a body that is %s', async (_what, body, code) => {
  await expectError(await client.post(body), 400, code);
});

test('a body that is not UTF-8, whatever it says of itself', async () => {
  const send = (body: Buffer, type = 'application/json') =>
    fetch(node, {
      method: 'POST',
      headers: {
        'content-type': type,
        accept: 'application/json, text/event-stream',
        'mcp-session-id': client.sessionId,
      },
      body: new Uint8Array(body),
    });
  const text = JSON.stringify({ ...ping, id: 'ü' });
  expect((await send(Buffer.from(text, 'utf8'))).status).toBe(200);
  await expectError(await send(Buffer.from(text, 'latin1')), 400, -32700);
  const utf16 = 'application/json; charset=utf-16';
  await expectError(await send(Buffer.from(text, 'utf16le'), utf16), 400, -32700);
});

test('a body over the limit', async () => {
  await expectError(
    await client.post(client.callMessage(1, 'echo', { value: 'x'.repeat(1_100_000) })),
    413,
    -32600,
  );
});

/** Sends bytes over a plain socket, since no HTTP client would send them; resolves with the whole answer. */
const answerTo = (bytes: Buffer | string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connectSocket(Number(new URL(node).port), '127.0.0.1');
    let answer = '';
    socket
      .on('error', reject)
      .on('data', (data: Buffer) => (answer += data.toString()))
      .on('end', () => {
        resolve(answer);
      });
    socket.write(bytes);
  });

test('what Node.js would answer by itself, without a word or not at all, is answered with JSON as well', async () => {
  const get = 'GET /mcp HTTP/1.1\r\nConnection: close\r\n';
  const { host } = new URL(node);
  expect(await answerTo(`${get}\r\n`)).toMatch(/^HTTP\/1.1 400 [^]*"code":-32000.*Host/);
  expect(await answerTo(`${get}Host: ${host}\r\nExpect: miracles\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 417 [^]*"code":-32000.*Expect/,
  );
  expect(await answerTo(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 405 [^]*"code":-32000/,
  );
});

test('other methods, other paths, bytes that are not HTTP', async () => {
  for (const method of ['PUT', 'PATCH', 'OPTIONS']) {
    const response = await fetch(node, { method });
    expect(response.headers.get('allow')).toBe('GET, POST, DELETE');
    await expectError(response, 405, -32000);
  }
  expect((await fetch(node, { method: 'HEAD' })).status).toBe(405);
  await expectError(await fetch(new URL('/else', node)), 404, -32000);
  await expectError(await fetch(new URL('/%E0%A4%A', node)), 404, -32000);
  const raw = await answerTo(Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a, 0x0d, 0x0a]));
  expect(raw).toMatch(/^HTTP\/1.1 400 [^]*"code":-32700/);
  await expectError(await client.post(ping, { 'x-large': 'x'.repeat(20_000) }), 431, -32700);
});

test('sessions: a missing id is 400, an unknown one 404, GET without events 406', async () => {
  const stranger = new BareClient(node);
  await expectError(await stranger.post(ping), 400, -32000, 'ping');
  await expectError((await stranger.get()).response, 400, -32000);
  await expectError(await stranger.delete(), 400, -32000);
  await expectError(await stranger.post(ping, { 'mcp-session-id': 'x' }), 404, -32001, 'ping');
  await expectError(await stranger.post({ ...initialize, params: {} }), 400, -32600, 1);
  const headers = { 'mcp-session-id': client.sessionId, accept: 'application/json' };
  await expectError(await fetch(node, { headers }), 406, -32000);
});

test('initialize is refused inside of an open session; with the id of one that has ended, or never was, it opens a new one', async () => {
  await expectError(await client.post(initialize), 400, -32600, 1);
  const left = await new BareClient(node).open();
  await left.delete();
  for (const named of [left.sessionId, '00000000-0000-4000-8000-000000000000', 'of another server']) {
    const opened = await new BareClient(node).post(initialize, { 'mcp-session-id': named });
    expect(await opened.json()).toMatchObject({ id: 1, result: { serverInfo: { name: 'fixture' } } });
    const { headers } = opened;
    expect(headers.get('mcp-session-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('mcp-session-id')).not.toBe(named);
  }
});

test('without MCP-Protocol-Version the negotiated one counts: the stream is primed as 2025-11-25 says', async () => {
  const response = await fetch(node, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': client.sessionId,
    },
    body: JSON.stringify(client.callMessage('bare of headers', 'echo', { value: 'x' })),
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(await response.text()).toMatch(/^id: \S+\ndata: \n\n/);
});

test('a session id is a UUID; what needs no answer gets 202 and no body', async () => {
  expect(client.sessionId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  for (const message of [
    { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
    { jsonrpc: '2.0', id: 'nobody asked', result: {} },
  ]) {
    const response = await client.post(message);
    expect([response.status, await response.text()]).toEqual([202, '']);
  }
});

test('after all this the session, the node and its health are what they were', async () => {
  const stream = await client.call('after', 'echo', { value: 'fine' });
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 'after', result: { content: [{ text: 'fine' }] } }]);
  expect((await fetch(new URL('/health', node))).status).toBe(200);
});

test('unknown methods and notifications get what JSON-RPC and MCP say', async () => {
  const unknown = await client.post({ jsonrpc: '2.0', id: 'u', method: 'no/such' });
  expect(await unknown.text()).toContain('-32601');
  expect((await client.post({ jsonrpc: '2.0', method: 'notifications/no-such' })).status).toBe(202);
  expect((await client.post({ jsonrpc: '2.0', id: 'nobody asked', result: {} })).status).toBe(202);
});

test('a result that cannot be stored is an error of its call alone', async () => {
  const [big, circular, fine] = await Promise.all([
    client.call('big', 'big', { bytes: 3_000_000 }),
    client.call('circular', 'circular'),
    client.call('fine', 'big', { bytes: 1_000_000 }),
  ]);
  await Promise.all([big.ended(), circular.ended(), fine.ended()]);
  expect(big.messages).toMatchObject([
    { id: 'big', error: { code: -32603, message: expect.stringMatching(/cannot be stored.*2000000/) } },
  ]);
  expect(circular.messages).toMatchObject([
    { id: 'circular', error: { code: -32603, message: expect.stringMatching(/not JSON/) } },
  ]);
  expect(fine.messages).toMatchObject([{ id: 'fine', result: { content: [{ type: 'text' }] } }]);
});

test('a call that says or records too much fails alone; large messages can be read again from the start', async () => {
  const much = await client.call('much', 'says-much');
  await much.ended();
  expect(much.messages).toHaveLength(5);
  const again = await client.get(much.events[0]!.id);
  await again.ended();
  expect(again.messages).toHaveLength(5);

  const records = await client.call('records', 'records-much');
  await records.ended();
  expect(records.messages).toMatchObject([
    { result: { isError: true, content: [{ text: expect.stringMatching(/more than 1500000 bytes/) }] } },
  ]);
  const fine = await client.call('fine again', 'echo', { value: 'fine' });
  await fine.ended();
  expect(fine.messages).toHaveLength(1);
});

test('ids and clients that would not fit into what Temporal takes are refused', async () => {
  await expectError(await client.post({ ...ping, id: '\u0001'.repeat(200) }), 400, -32600);
  const grows = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":[${'1e20,'.repeat(150_000)}1]}}}`;
  await expectError(await client.post(grows), 413, -32600, 1);
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'x', version: '1', title: 'x'.repeat(100_000) },
  };
  await expectError(
    await new BareClient(node).post({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
    413,
    -32600,
    1,
  );
});

test("an author's stray promise takes neither the worker nor its calls along", async () => {
  const stray = await client.call('stray', 'stray');
  await stray.ended();
  expect(stray.messages).toHaveLength(1);
  const after = await client.call('after stray', 'who');
  await after.ended();
  expect(after.messages).toHaveLength(1);
  expect(cluster.workers[0]!.output()).toContain('a promise of the app');
});
