/**
 * Serves the trivial app with the SDK's `StreamableHTTPServerTransport`, one per session, as the SDK's
 * examples do. The optional argument is the URL of the Redis that stores events.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';
import { Redis } from 'ioredis';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import trivial from '../../apps/trivial';
import { askedToStop } from '../../child';
import { redisEvents } from './redisEvents';

const [redisUrl] = process.argv.slice(2);
const redis = redisUrl === undefined ? undefined : new Redis(redisUrl);
const transports = new Map<string, StreamableHTTPServerTransport>();

async function handle(req: Request, res: Response): Promise<void> {
  const sessionId = req.get('mcp-session-id');
  const transport = sessionId === undefined ? await openSession() : transports.get(sessionId);
  if (transport) await transport.handleRequest(req, res, req.body);
  else res.status(404).end();
}

async function openSession(): Promise<StreamableHTTPServerTransport> {
  const id = randomUUID();
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => id,
    eventStore: redis && redisEvents(redis, id),
    onsessioninitialized: () => {
      transports.set(id, transport);
    },
    onsessionclosed: () => {
      transports.delete(id);
    },
  });
  await trivial().connect(transport);
  return transport;
}

async function main(): Promise<void> {
  const server = express().use(express.json()).all('/mcp', handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.stdout.write(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`);
  await askedToStop();
  process.exit(0);
}

void main();
