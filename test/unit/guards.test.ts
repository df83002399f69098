/** The transport's guards in a real Express app: the requests that they refuse, and the status and message of each refusal. */
import { once } from 'node:events';
import {
  createServer,
  request,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import {
  assertLimits,
  guardAccept,
  guardContentType,
  guardPeers,
  guardProtocolVersion,
  messageOf,
  sessionIdOf,
} from '../../src/http/guards';
import { Refusal } from '../../src/mcp/refusal';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

const answerRefusal: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  const { status, message } = error instanceof Refusal ? error : new Refusal(500, 0, String(error));
  res.status(status).send(message);
};

/** Sends a request to a server with only this guard; resolves with `passed`, or with the status and message. */
async function ask(guard: RequestHandler, headers: OutgoingHttpHeaders, method = 'GET'): Promise<string> {
  const app = express();
  const pass: RequestHandler = (_req, res) => void res.send('passed');
  app.use(guard, pass, answerRefusal);
  server = createServer({ requireHostHeader: false }, app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, host: '127.0.0.1', method, headers, setHost: false, agent: false });
  sent.end(method === 'POST' ? '{}' : undefined);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  server.close();
  return answer.statusCode === 200 ? text : `${answer.statusCode} ${text}`;
}

const peers = (more: Partial<Parameters<typeof guardPeers>[0]> = {}) =>
  guardPeers({ boundTo: '127.0.0.1', hosts: [], origins: [], ...more });

test.each<[OutgoingHttpHeaders, Partial<Parameters<typeof guardPeers>[0]>, string | RegExp]>([
  [{ host: 'localhost:3000' }, {}, 'passed'],
  [{ host: '[::1]:3000' }, {}, 'passed'],
  [{ host: 'evil.example' }, {}, /^403 The Host "evil.example" is not allowed; .* --allow-host/],
  [{ host: 'localhost.evil.example' }, {}, /^403/],
  [{ host: 'Mcp.Example:443' }, { hosts: ['MCP.example'] }, 'passed'],
  [{ host: 'other.example' }, { boundTo: '0.0.0.0', hosts: ['mcp.example'] }, /^403/],
  [{ host: 'other.example' }, { boundTo: '0.0.0.0' }, 'passed'],
  [{}, {}, /^400 The Host header is missing/],
  [{ host: 'localhost', origin: 'http://localhost:5173' }, {}, 'passed'],
  [
    { host: 'localhost', origin: 'https://evil.example' },
    {},
    /^403 The Origin "https:\/\/evil.example" is not/,
  ],
  [{ host: 'localhost', origin: 'null' }, {}, /^403/],
  [{ host: 'localhost', origin: 'https://app.example' }, { origins: ['https://app.example'] }, 'passed'],
  [{ host: 'localhost', origin: 'http://app.example' }, { origins: ['https://app.example'] }, /^403/],
])('of %j, where %j: %s', async (headers, where, answer) => {
  expect(await ask(peers(where), headers)).toEqual(
    typeof answer === 'string' ? answer : expect.stringMatching(answer),
  );
});

const host = 'localhost';

test('each form of an answer must be accepted', async () => {
  const guard = guardAccept('application/json', 'text/event-stream');
  expect(await ask(guard, { host, accept: 'application/json, text/event-stream' })).toBe('passed');
  for (const accept of ['application/json', 'text/event-stream', undefined])
    expect(await ask(guard, accept === undefined ? { host } : { host, accept })).toBe(
      '406 The Accept header must take application/json and text/event-stream.',
    );
});

test('a body must be JSON', async () => {
  for (const type of ['application/json', 'application/json; charset=utf-8'])
    expect(await ask(guardContentType, { host, 'content-type': type }, 'POST')).toBe('passed');
  for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
    expect(await ask(guardContentType, { host, 'content-type': type }, 'POST')).toMatch(/^415/);
});

test('a revision that is named must be a known one', async () => {
  const version = (value: string) => ask(guardProtocolVersion, { host, 'mcp-protocol-version': value });
  expect(await ask(guardProtocolVersion, { host })).toBe('passed');
  expect(await version('2025-11-25')).toBe('passed');
  expect(await version('2024-01-01')).toMatch(
    /^400 .*"2024-01-01" is not supported; use one of .*2025-11-25/,
  );
});

test('a session id is one that a node can have issued', async () => {
  const guard: RequestHandler = (req, res) => void res.send(sessionIdOf(req));
  const id = '0123abcd-0000-4000-8000-00000000000f';
  expect(await ask(guard, { host, 'mcp-session-id': id })).toBe(id);
  expect(await ask(guard, { host })).toMatch(/^400 The Mcp-Session-Id header is missing/);
  for (const odd of [id.toUpperCase(), `${id}x`, '..', ''])
    expect(await ask(guard, { host, 'mcp-session-id': odd })).toMatch(/^40[04]/);
});

const request1 = { jsonrpc: '2.0', id: 1, method: 'm' };
const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

test('a body is one JSON-RPC message', () => {
  for (const message of [request1, { jsonrpc: '2.0', method: 'm' }, { jsonrpc: '2.0', id: 1, result: {} }])
    expect(messageOf(message)).toEqual(message);
});

test.each<[string, unknown, RegExp]>([
  ['a batch', [request1], /must be one JSON-RPC message, not a batch/],
  ['no JSON-RPC', { id: 1, method: 'm' }, /not a JSON-RPC 2.0 request/],
  ['a text', 'text', /not a JSON-RPC 2.0 request/],
  ['nothing', undefined, /not a JSON-RPC 2.0 request/],
  ['too many levels', { ...request1, params: { deep: nested(255) } }, /nested more than 256 levels deep/],
  ['a number that JSON has not', JSON.parse('{"params":[{"n":1e999}]}'), /number beyond 1.8e308/],
  ['a long id', { ...request1, id: '"'.repeat(128) }, /id has more than 256 bytes/],
])('%s is refused', (_what, body, sentence) => {
  expect(() => messageOf(body)).toThrow(Refusal);
  expect(() => messageOf(body)).toThrow(sentence);
});

test('what is at a limit is taken', () => {
  const atLimit = { ...request1, id: 'x'.repeat(254), params: { deep: nested(253) } };
  expect(messageOf(atLimit)).toEqual(atLimit);
});

test('a message has a million bytes at most, as it is written again', () => {
  const sized = (bytes: number) =>
    ({ ...request1, jsonrpc: '2.0', params: { text: 'x'.repeat(bytes) } }) as const;
  const rest = JSON.stringify(sized(0)).length;
  expect(() => {
    assertLimits(sized(1_000_000 - rest));
  }).not.toThrow();
  expect(() => {
    assertLimits(sized(1_000_001 - rest));
  }).toThrow(
    expect.objectContaining({ status: 413, message: expect.stringMatching(/more than 1000000 bytes/) }),
  );
});
