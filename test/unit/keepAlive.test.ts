/** Silent streams get keep-alive comments, so that proxies do not cut them. Behind a real proxy: `slowConnections.test.ts`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createParser } from 'eventsource-parser';
import express from 'express';
import { KEEP_ALIVE_MS, beginStream, eventOf, write } from '../../src/http/sse';

test('a stream that says nothing sends comments, and then what there is to say; nothing after its end', async () => {
  let say: () => void = () => undefined;
  const app = express();
  app.get('/', (_req, res) => {
    beginStream(res, 5);
    res.flushHeaders();
    say = () => {
      write(res, eventOf({ jsonrpc: '2.0', method: 'notifications/said' }));
      res.end();
      write(res, 'after the end'); // an unhandled error for this write would end the process
    };
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { body } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const came: string[] = [];
  let comments = 0;
  const parser = createParser({
    onComment: (comment) => {
      came.push(comment);
      if (++comments === 3) say();
    },
    onEvent: ({ data }) => came.push(data),
  });
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) parser.feed(chunk);
  server.close();
  expect(came.slice(0, 3)).toEqual(['keep-alive', 'keep-alive', 'keep-alive']);
  expect(came.at(-1)).toBe('{"jsonrpc":"2.0","method":"notifications/said"}');
});

test('they come at least twice within the minute that common proxies wait', () => {
  expect(KEEP_ALIVE_MS).toBeLessThanOrEqual(30_000);
});
