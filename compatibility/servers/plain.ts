/**
 * Serves an app on the SDK's own transport, with one server per session. Arguments: the app's file, then the
 * app's own arguments.
 */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import express from 'express';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

interface Connectable {
  connect(transport: StreamableHTTPServerTransport): Promise<void>;
}

async function main(file: string, args: string[]): Promise<void> {
  process.argv = [process.execPath, file, ...args];
  const module = (await import(pathToFileURL(file).href)) as {
    default: () => Promise<Connectable & { server: Connectable }>;
  };
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const app = express().use(express.json({ limit: '4mb' }));
  app.all('/mcp', async (req, res) => {
    let transport = transports.get(req.get('mcp-session-id') ?? '');
    if (!transport) {
      const opened = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void transports.set(id, opened),
      });
      transport = opened;
      const server = await module.default();
      await ('connect' in server ? server : (server as { server: Connectable }).server).connect(opened);
    }
    await transport.handleRequest(req, res, req.body);
  });
  const server = app.listen(0, '127.0.0.1', () => {
    process.stdout.write(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`);
  });
}

const [file = '', ...args] = process.argv.slice(2);
void main(file, args);
