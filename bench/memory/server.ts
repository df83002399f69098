/** The trivial app behind the SDK's `StreamableHTTPServerTransport`, one for each session, as the SDK's examples do it. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import trivial from '../apps/trivial';
import { askedToStop } from '../child';

const transports = new Map<string, StreamableHTTPServerTransport>();

async function handle(req: Request, res: Response): Promise<void> {
  const sessionId = req.get('mcp-session-id');
  const transport = sessionId === undefined ? await openSession() : transports.get(sessionId);
  if (transport) await transport.handleRequest(req, res, req.body);
  else res.status(404).end();
}

async function openSession(): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => {
      transports.set(id, transport);
    },
    onsessionclosed: (id) => {
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
