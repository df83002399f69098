/**
 * Hands one JSON-RPC request to the author's server and waits for its response. The server is built for this one request,
 * and told by a synthetic `initialize` what the session's client said when it opened the session. So every feature of the
 * SDK works here without being written again. Used by the worker for calls, and by the node for requests without effects.
 */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { Transport, TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  ErrorCode,
  PRIMING_EVENT_SINCE,
  isJSONRPCRequest,
  type InitializeResult,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type JSONRPCResponse,
  type LoggingLevel,
  type MessageExtraInfo,
} from '../protocol/mcp';
import { errorResponse } from '../protocol/errors';
import type { SessionInfo } from '../protocol/session';
import type { App } from './app';
import { watchHandler } from './toolCall';

export interface HandOverOptions {
  readonly logLevel?: LoggingLevel;
  /** Ends the hand-over: the handler's own signal aborts, and no response comes. */
  readonly signal?: AbortSignal;
  /** Takes what the server says before it answers. */
  readonly onNotification?: (message: JSONRPCNotification, relatesToRequest: boolean) => Promise<void>;
  /** The handler wants the client to poll: `extra.closeSSEStream()`. Clients before 2025-11-25 cannot, and are not asked to. */
  readonly onCloseStream?: () => void;
}

export interface HandedOver {
  readonly response: JSONRPCResponse;
  /** What the handler threw, if `response` only reports that. */
  readonly thrown?: unknown;
}

export async function handOver(
  app: App,
  session: SessionInfo,
  message: JSONRPCRequest,
  options: HandOverOptions = {},
): Promise<HandedOver> {
  let thrown: unknown;
  const server = await app(session);
  const transport = new OneRequestTransport(session.id, options);
  watchHandler(server, message, (error) => (thrown = error));
  await connect(server, transport);
  const close = () => void server.close().catch(() => undefined);
  options.signal?.addEventListener('abort', close, { once: true });
  try {
    await greet(transport, session, options.logLevel);
    options.signal?.throwIfAborted();
    const response = await transport.ask(message, extraFor(session, options));
    return { response, thrown: thrown ?? thrownOutsideTools(message, response) };
  } finally {
    options.signal?.removeEventListener('abort', close);
    await server.close().catch(() => undefined);
  }
}

const extraFor = (session: SessionInfo, { onCloseStream }: HandOverOptions): MessageExtraInfo =>
  session.protocolVersion >= PRIMING_EVENT_SINCE ? { closeSSEStream: onCloseStream } : {};

/** What the author's server answers to a client that opens a session. */
export async function initialize(
  app: App,
  session: SessionInfo,
  message: JSONRPCRequest,
): Promise<JSONRPCResponse> {
  const server = await app(session);
  const transport = new OneRequestTransport(session.id, {});
  await connect(server, transport);
  try {
    return await transport.ask(message);
  } finally {
    await server.close().catch(() => undefined);
  }
}

async function connect(server: McpServer, transport: Transport): Promise<void> {
  if (server.server.transport) {
    throw new Error(
      'The app returned a server that is in use; its function must build a new server at each call.',
    );
  }
  await server.connect(transport);
}

async function greet(
  transport: OneRequestTransport,
  session: SessionInfo,
  logLevel?: LoggingLevel,
): Promise<InitializeResult> {
  const { protocolVersion, capabilities, client: clientInfo } = session;
  const answer = await transport.ask(request('initialize', { protocolVersion, capabilities, clientInfo }));
  if ('error' in answer) throw new Error(`The app refused its session's initialize: ${answer.error.message}`);
  transport.onmessage?.({ jsonrpc: '2.0', method: 'notifications/initialized' });
  if (logLevel) await transport.ask(request('logging/setLevel', { level: logLevel }));
  return answer.result as InitializeResult;
}

/** Ids that no client's request has at the same time: this server sees one client request in all. */
const request = (method: string, params: Record<string, unknown>): JSONRPCRequest => ({
  jsonrpc: '2.0',
  id: `durable-mcp:${method}`,
  method,
  params,
});

/** A prompt's or a resource's handler that threw shows as an internal error; an McpError says its code in its message. */
function thrownOutsideTools(message: JSONRPCRequest, response: JSONRPCResponse): unknown {
  if (message.method === 'tools/call' || !('error' in response)) return undefined;
  const { code, message: text } = response.error;
  return code === ErrorCode.InternalError && !text.startsWith('MCP error') ? new Error(text) : undefined;
}

class OneRequestTransport implements Transport {
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  private readonly waiting = new Map<string | number, (response: JSONRPCResponse) => void>();

  constructor(
    readonly sessionId: string,
    private readonly options: HandOverOptions,
  ) {}

  async start(): Promise<void> {}

  ask(message: JSONRPCRequest, extra?: MessageExtraInfo): Promise<JSONRPCResponse> {
    return new Promise((resolve) => {
      this.waiting.set(message.id, resolve);
      this.onmessage?.(message, extra);
    });
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (isJSONRPCRequest(message)) return this.refuse(message);
    if ('method' in message) {
      await this.options.onNotification?.(message, options?.relatedRequestId !== undefined);
    } else if (message.id !== undefined) {
      this.waiting.get(message.id)?.(message as JSONRPCResponse);
      this.waiting.delete(message.id);
    }
  }

  /** Requests to the client are not carried yet: the handler learns it at once instead of waiting for a minute. */
  private refuse(message: JSONRPCRequest): void {
    const text = `durable-mcp does not carry ${message.method} to the client yet.`;
    queueMicrotask(() => this.onmessage?.(errorResponse(message.id, ErrorCode.MethodNotFound, text)));
  }

  async close(): Promise<void> {
    this.onclose?.();
  }
}
