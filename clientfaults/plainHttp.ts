/** The plain server over Streamable HTTP: sessions and an event store in memory. Prints `ready URL`. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  StreamableHTTPServerTransport,
  type EventStore,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { plainServer } from './plainServer';

function eventStore(): EventStore {
  const events: { readonly stream: string; readonly message: JSONRPCMessage }[] = [];
  return {
    storeEvent: (stream, message) => Promise.resolve(String(events.push({ stream, message }))),
    async replayEventsAfter(lastEventId, { send }) {
      const stream = events[Number(lastEventId) - 1]?.stream ?? '';
      for (const [i, event] of events.entries()) {
        const isNews = event.stream === stream && i >= Number(lastEventId);
        // A priming event has an empty object for its message.
        if (isNews && 'jsonrpc' in event.message) await send(String(i + 1), event.message);
      }
      return stream;
    },
    getStreamIdForEventId: (eventId) => Promise.resolve(events[Number(eventId) - 1]?.stream),
  };
}

const sessions = new Map<string, StreamableHTTPServerTransport>();

async function transportOf(id: string | undefined): Promise<StreamableHTTPServerTransport | undefined> {
  if (id !== undefined) return sessions.get(id);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: eventStore(),
    onsessioninitialized: (given) => void sessions.set(given, transport),
    onsessionclosed: (ended) => void sessions.delete(ended),
  });
  await plainServer().connect(transport);
  return transport;
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isMcp = request.url?.startsWith('/mcp') === true;
  const transport = isMcp && (await transportOf(request.headers['mcp-session-id'] as string | undefined));
  if (transport) await transport.handleRequest(request, response);
  else response.writeHead(404).end();
}

async function main(): Promise<void> {
  const server = createServer((request, response) => void serve(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
}

void main();
