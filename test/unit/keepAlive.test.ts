/** A silent stream survives a proxy that cuts what is idle: something comes on it more often than that. (`slowConnections.test.ts`: as it is) */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createParser } from 'eventsource-parser';
import express from 'express';
import { startProxy, type Proxy } from 'durable-mcp/testing';
import { KEEP_ALIVE_MS, beginStream, eventOf, write } from '../../src/http/sse';

const PROXY_IDLE_MS = 300;

let server: Server;
let proxy: Proxy;
afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

/** Reads a stream that says nothing until its reader has had so many comments; what has come at its end. */
async function read(keepAliveMs: number, enough: number) {
  let say: () => void = () => undefined;
  const app = express();
  app.get('/mcp', (_req, res) => {
    beginStream(res, keepAliveMs);
    res.flushHeaders();
    say = () => {
      write(res, eventOf({ jsonrpc: '2.0', method: 'notifications/said' }));
      res.end();
      write(res, 'after the end'); // does not end the process
    };
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy = await startProxy(() => [origin], { idleMs: PROXY_IDLE_MS });
  const { body } = await fetch(proxy.url);
  const came = { comments: 0, events: [] as string[], wasCut: false };
  const parser = createParser({
    onComment: () => {
      if (++came.comments === enough) say();
    },
    onEvent: ({ data }) => came.events.push(data),
  });
  try {
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) parser.feed(chunk);
  } catch {
    came.wasCut = true;
  }
  return came;
}

test('a stream that is kept alive is there when there is something to say', async () => {
  expect(await read(50, 12)).toMatchObject({
    events: ['{"jsonrpc":"2.0","method":"notifications/said"}'],
    wasCut: false,
  });
});

test('without it the proxy cuts the stream', async () => {
  expect(await read(60_000, 1)).toEqual({ comments: 0, events: [], wasCut: true });
});

test('it comes at least twice within the minute that common proxies wait', () => {
  expect(KEEP_ALIVE_MS).toBeLessThanOrEqual(30_000);
});
