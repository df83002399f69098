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
  type RequestId,
} from '../protocol/mcp';
import { LONGEST_TIMER_MS } from '../protocol/duration';
import { errorResponse } from '../protocol/errors';
import type { SessionInfo } from '../protocol/session';
import type { App } from './app';
import { missingTool, watchHandler } from './toolCall';

export interface HandOverOptions {
  readonly logLevel?: LoggingLevel;
  /** Ends the hand-over: the handler's own signal aborts, and no response comes. */
  readonly signal?: AbortSignal;
  /** Takes what the server says before it answers. */
  readonly onNotification?: (message: JSONRPCNotification, relatesToRequest: boolean) => Promise<void>;
  /** Carries a request to the client and returns its response; `cancelled` aborts when the server no longer waits for it. */
  readonly onRequest?: (message: JSONRPCRequest, cancelled: AbortSignal) => Promise<JSONRPCResponse>;
  /** The handler wants the client to poll: `extra.closeSSEStream()`. Clients before 2025-11-25 cannot, and are not asked to. */
  readonly onCloseStream?: () => void;
}

export interface HandedOver {
  readonly response: JSONRPCResponse;
  /** What the handler threw, if `response` only reports that. */
  readonly thrown?: unknown;
  /** The tool that was called, if the server has none of that name. */
  readonly missing?: string;
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
  const missing = missingTool(server, message);
  watchHandler(server, message, (error) => (thrown = error));
  waitForPeople(server);
  await connect(server, transport);
  const close = () => void server.close().catch(() => undefined);
  options.signal?.addEventListener('abort', close, { once: true });
  try {
    await greet(transport, session, options.logLevel);
    options.signal?.throwIfAborted();
    const response = await transport.ask(message, extraFor(session, options));
    return { response, thrown: thrown ?? thrownOutsideTools(message, response), missing };
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

/** The SDK gives a request to the client a minute; a person may take hours. What the author says still holds. */
function waitForPeople({ server }: McpServer): void {
  const request = server.request.bind(server);
  server.request = (message, schema, options) =>
    request(message, schema, { timeout: LONGEST_TIMER_MS, ...options });
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
  private readonly waiting = new Map<RequestId, (response: JSONRPCResponse) => void>();
  /** The server's own requests that wait for their answer. */
  private readonly asked = new Map<unknown, AbortController>();

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
    if (isJSONRPCRequest(message)) void this.carry(message);
    else if ('method' in message) await this.notify(message, options);
    else if (message.id !== undefined) {
      this.waiting.get(message.id)?.(message as JSONRPCResponse);
      this.waiting.delete(message.id);
    }
  }

  private async notify(message: JSONRPCNotification, options?: TransportSendOptions): Promise<void> {
    const asked = message.method === 'notifications/cancelled' && this.asked.get(message.params?.requestId);
    if (asked) asked.abort(message.params?.reason);
    else await this.options.onNotification?.(message, options?.relatedRequestId !== undefined);
  }

  /** A request of the server to the client. Outside of a call nobody can be asked; the handler learns it at once. */
  private async carry(message: JSONRPCRequest): Promise<void> {
    const { onRequest } = this.options;
    const cancel = new AbortController();
    this.asked.set(message.id, cancel);
    const nobody = `The client can be asked for ${message.method} only while the server handles a call.`;
    const response = await (onRequest?.(message, cancel.signal) ?? Promise.reject(new Error(nobody))).catch(
      (error: unknown) =>
        errorResponse(
          message.id,
          ErrorCode.InternalError,
          error instanceof Error ? error.message : String(error),
        ),
    );
    this.asked.delete(message.id);
    if (!cancel.signal.aborted) this.onmessage?.(response);
  }

  async close(): Promise<void> {
    this.onclose?.();
  }
}
