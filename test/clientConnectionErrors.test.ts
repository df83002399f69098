/** One clear error each, with what to do, for what is wrong at the caller, on the way and at the server. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { textOf } from 'durable-mcp/testing';
import { connect, redisStore, reconnect, StoreError } from '../src/client';
import { freePort } from '../src/temporal/freePort';
import { makeCertificates, type Certificates } from './fixtures/certificates';
import { connecting } from './fixtures/connection/inProcess';
import { serve, type Served } from './fixtures/connection/served';
import { NO_REDIS, redisServer, startRedis } from './fixtures/redis';

const wrong = (value: unknown) => value as never;

describe('what the caller gives', () => {
  test.each([
    [undefined, /connect needs a URL, .*it got undefined/],
    [null, /it got null/],
    [7, /it got 7/],
    [{}, /it got \{\}/],
    ['node server.js', /"node server.js" is no URL of an MCP server; .*\{ command, args \}/],
    ['localhost:3000/mcp', /begins with http/],
    ['https://me:secret@example.com/mcp', /example.com has a name or a password; give them by headers/],
    [{ url: 'http://x', header: {} }, /The target is wrong: there is no header/],
    [{ url: 'http://x', auth: 'token' }, /auth: give a TokenSource/],
    [{ url: 'http://x', command: 'x' }, /a command and a url/],
    [{ command: 'x', argv: [] }, /there is no argv/],
    [{ command: 7 }, /command: /],
  ])('as the target: %j', async (target, said) => {
    await expect(connect(wrong(target))).rejects.toThrow(said);
  });

  test.each([
    [{ timeout: { call: 'abc' } }, /^timeout.call is "abc"; give milliseconds/],
    [{ timeout: { cal: 5 } }, /there is no timeout.cal/],
    [{ timeout: 5 }, /timeout: /],
    [{ retries: 3, store: 'redis' }, /store: it is no object; there is no retries|there is no retries/],
    [{ mode: 'both' }, /mode: /],
    [{ on: { logs: () => undefined } }, /there is no on.logs/],
    [{ on: { log: true } }, /on.log: it is no function/],
    [{ ping: 'never' }, /ping is "never"/],
    [{ restart: { within: 'abc' } }, /restart.within is "abc"/],
  ])('as options: %j', async (options, said) => {
    const target = { command: process.execPath, args: ['--version'] };
    const error = (await connect(target, wrong(options)).catch((caught: unknown) => caught)) as Error;
    expect(error.message).toMatch(said);
    expect(error.message).not.toContain('\n');
  });

  test('as a session to take up', async () => {
    await expect(reconnect(wrong({ protocolVersion: '2025-11-25' }))).rejects.toThrow(
      /reconnect needs the url, sessionId and protocolVersion.*use connect/,
    );
  });
});

describe('what answers', () => {
  const servers: Server[] = [];
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await makeCertificates();
  });
  afterEach(() => {
    servers.splice(0).forEach((server) => {
      server.closeAllConnections();
      server.close();
    });
  });
  afterAll(() => certificates.remove());

  async function answering(answer: RequestListener, secure = false): Promise<string> {
    const { cert, key } = certificates.server;
    const server = secure
      ? createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, answer)
      : createServer(answer);
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http${secure ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  }

  test('nobody', async () => {
    const url = `http://127.0.0.1:${await freePort()}/mcp`;
    expect(await connecting(url)).toMatchObject({
      name: 'ConnectError',
      phase: 'unsent',
      retryable: true,
      message: expect.stringMatching(
        /cannot be reached .*ECONNREFUSED.*; see whether the server runs there\.$/,
      ),
    });
  });

  test('nobody in time', async () => {
    const url = await answering(() => undefined);
    expect(await connecting(url)).toMatchObject({
      name: 'ConnectError',
      message: expect.stringMatching(/did not answer within 1 s/),
    });
  });

  test.each([
    ['another path', 404, 'text/plain', 'Not Found'],
    ['an HTML page', 200, 'text/html', '<html>Welcome</html>'],
    ['what is no JSON', 200, 'application/json', '{"jsonrpc":'],
    ['JSON that is no message', 200, 'application/json', '{"hello":1}'],
    ['an answer to another request', 200, 'application/json', '{"jsonrpc":"2.0","id":"x","result":{}}'],
  ])('%s', async (_what, status, type, body) => {
    const url = await answering((_request, response) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    expect(await connecting(url)).toMatchObject({
      name: 'ConnectError',
      retryable: false,
      message: expect.stringMatching(
        new RegExp(`answered ${status} with ${type}.*see whether this is the URL of an MCP server`, 's'),
      ),
    });
  });

  test.each([301, 302, 307, 308])('a redirect (%i) to another server, which gets nothing', async (status) => {
    const seen: unknown[] = [];
    const other = await answering(({ headers }, response) => {
      seen.push(headers);
      response.end();
    });
    const url = await answering((_request, response) => {
      response.writeHead(status, { location: other }).end();
    });
    expect(await connecting({ url, headers: { 'x-api-key': 'secret' } })).toMatchObject({
      name: 'ConnectError',
      phase: 'unsent',
      retryable: false,
      message: expect.stringContaining(`redirects to another server, ${other}`),
    });
    expect(seen).toEqual([]);
  });

  test.each([301, 302, 307, 308])('a redirect (%i) within the server, by the same method', async (status) => {
    const url = await answering((request, response) => {
      if (request.url === '/mcp') response.writeHead(status, { location: '/mcp/' }).end();
      else response.writeHead(404).end(`${request.method} ${request.url}`);
    });
    expect(await connecting(url)).toMatchObject({ message: expect.stringContaining('POST /mcp/') });
  });

  test('a redirect to itself', async () => {
    const url = await answering((_request, response) => {
      response.writeHead(307, { location: '/mcp' }).end();
    });
    expect(await connecting(url)).toMatchObject({
      message: expect.stringContaining('redirects more than 5 times'),
    });
  });

  test('a certificate that nobody vouches for, until its authority is given', async () => {
    const url = await answering((_request, response) => {
      response.writeHead(404).end('it is trusted');
    }, true);
    expect(await connecting(url)).toMatchObject({
      name: 'ConnectError',
      retryable: false,
      message: expect.stringMatching(/certificate of https.* is not accepted .*tls.ca/),
    });
    const ca = readFileSync(certificates.ca, 'utf8');
    expect(await connecting({ url, tls: { ca } })).toMatchObject({
      message: expect.stringContaining('it is trusted'),
    });
  });
});

(redisServer ? describe : describe.skip)(`a store that is away${redisServer ? '' : `: ${NO_REDIS}`}`, () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve('SDK, HTTP');
  });
  afterAll(() => served.stop());

  test('later: calls go on, save those with a key; at connect: one error', async () => {
    const redis = await startRedis();
    const client = new Redis(redis.url, { maxRetriesPerRequest: 1, retryStrategy: () => 20 });
    client.on('error', () => undefined);
    const store = redisStore(client);
    const warnings: string[] = [];
    const connection = await served.connect({ store, onWarning: (message) => void warnings.push(message) });
    await connection.callTool('echo', { value: 'there' });
    await redis.stop();
    expect(textOf(await connection.callTool('echo', { value: 'away' }))).toBe('away');
    expect(warnings.join()).toContain('The store is away');
    await expect(connection.callTool('write', { value: 'kept' }, { key: 'kept' })).rejects.toThrow(
      StoreError,
    );
    expect(served.ledger.find('wrote kept')).toBeUndefined();
    await expect(served.connect({ store, namespace: 'other' })).rejects.toMatchObject({
      constructor: StoreError,
      phase: 'unsent',
      message: expect.stringMatching(/store cannot be .*; see whether it runs/),
    });
    await connection.close();
    client.disconnect();
  });
});
