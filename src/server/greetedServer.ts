/**
 * An author's server, connected, and told by a synthetic `initialize` what the session's client said when it opened the session. So every
 * feature of the SDK works here without being written again. It handles one request at a time.
 */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { LONGEST_TIMER_MS } from '../protocol/duration';
import {
  PRIMING_EVENT_SINCE,
  type JSONRPCRequest,
  type JSONRPCResponse,
  type LoggingLevel,
} from '../protocol/mcp';
import type { SessionInfo } from '../protocol/session';
import type { App } from './app';
import { build } from './build';
import { OneRequestTransport, type Way } from './oneRequestTransport';

export interface RequestOptions extends Way {
  /** Ends the request: the handler's own signal aborts, no response comes, and the server is closed. */
  readonly signal?: AbortSignal;
  /** The handler wants the client to poll: `extra.closeSSEStream()`. Clients before 2025-11-25 cannot, and are not asked to. */
  readonly onCloseStream?: () => void;
}

export interface GreetOptions extends RequestOptions {
  readonly logLevel?: LoggingLevel;
}

export class GreetedServer {
  private constructor(
    readonly server: McpServer,
    private readonly transport: OneRequestTransport,
    private readonly session: SessionInfo,
  ) {}

  /** @throws Error if the app does, or refuses the session's client */
  static async greet(app: App, session: SessionInfo, options: GreetOptions): Promise<GreetedServer> {
    const transport = new OneRequestTransport(session.id, options);
    const greeted = new GreetedServer(await connected(app, session, transport), transport, session);
    waitForPeople(greeted.server);
    await greeted
      .during(options.signal, () => greet(transport, session, options.logLevel))
      .catch((error: unknown) => {
        greeted.close();
        throw error;
      });
    return greeted;
  }

  /** Never resolves once it has been closed. */
  async ask(message: JSONRPCRequest, options: RequestOptions): Promise<JSONRPCResponse> {
    const { signal, onCloseStream: closeSSEStream } = options;
    const canPoll = this.session.protocolVersion >= PRIMING_EVENT_SINCE;
    return this.during(signal, () => {
      signal?.throwIfAborted();
      return this.transport.handle(message, options, canPoll ? { closeSSEStream } : {});
    });
  }

  get isClosed(): boolean {
    return this.transport.isClosed;
  }

  close(): void {
    void this.server.close().catch(() => undefined);
  }

  /**
   * After a request that has ended. Not at once: the SDK still has the handler in its books, and would abort the signal of one that has
   * ended well. (`cancellation.test.ts`)
   */
  closeSoon(): void {
    setImmediate(() => {
      this.close();
    });
  }

  private async during<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const close = () => {
      this.close();
    };
    signal?.addEventListener('abort', close, { once: true });
    try {
      return await work();
    } finally {
      signal?.removeEventListener('abort', close);
    }
  }
}

/** What the author's server answers to a client that opens a session. */
export async function initialize(
  app: App,
  session: SessionInfo,
  message: JSONRPCRequest,
): Promise<JSONRPCResponse> {
  const transport = new OneRequestTransport(session.id, {});
  const server = await connected(app, session, transport);
  try {
    return await transport.ask(message);
  } finally {
    await server.close().catch(() => undefined);
  }
}

async function connected(app: App, session: SessionInfo, transport: OneRequestTransport): Promise<McpServer> {
  const server = await build(app, session);
  if (server.server.transport) {
    throw new Error(
      'The app returned a server that is in use; its function must build a new server at each call.',
    );
  }
  await server.connect(transport);
  return server;
}

async function greet(
  transport: OneRequestTransport,
  { protocolVersion, capabilities, client: clientInfo }: SessionInfo,
  logLevel?: LoggingLevel,
): Promise<void> {
  const answer = await transport.ask(request('initialize', { protocolVersion, capabilities, clientInfo }));
  if ('error' in answer) throw new Error(`The app refused its session's initialize: ${answer.error.message}`);
  transport.onmessage?.({ jsonrpc: '2.0', method: 'notifications/initialized' });
  if (logLevel) await transport.ask(request('logging/setLevel', { level: logLevel }));
}

/** Ids that no client's request has at the same time. */
const request = (method: string, params: Record<string, unknown>): JSONRPCRequest => ({
  jsonrpc: '2.0',
  id: `durable-mcp:${method}`,
  method,
  params,
});

/** The SDK gives a request to the client a minute; a person may take hours. What the author says still holds. */
function waitForPeople({ server }: McpServer): void {
  const request = server.request.bind(server);
  server.request = (message, schema, options) =>
    request(message, schema, { timeout: LONGEST_TIMER_MS, ...options });
}
