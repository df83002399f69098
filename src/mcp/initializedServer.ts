/**
 * An author's server, connected, and initialized by a synthetic `initialize` with what the session's client
 * sent when it opened the session. Every feature of the SDK therefore works unchanged. The server handles one
 * request at a time.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type JSONRPCNotification,
  type JSONRPCRequest,
  type JSONRPCResponse,
  type LoggingLevel,
} from './protocol';
import { EXTENSION, JOINS, type ServerExtension } from '../wire/extension';
import type { CallAuth } from '../wire/principal';
import type { SessionInfo } from '../wire/sessionInfo';
import type { App } from './app';
import { AppFault } from './appFault';
import { buildServer } from './buildServer';
import { canPoll } from './revisions';
import { OneRequestTransport, type MessageSinks } from './oneRequestTransport';
import type { AnyServer } from './sdk/anyServer';

/**
 * Limits how long a server may send after its answer: an interval would run for ever, and each call has its
 * own server.
 */
const LEFT_MS = 60_000;

/** Runs a function in the context of no call: a timer keeps the context in which it was set in memory. */
const outsideOfCalls = AsyncLocalStorage.snapshot();

export interface RequestOptions extends MessageSinks {
  /** Ends the request: the handler's own signal aborts, no response comes, and the server is closed. */
  readonly signal?: AbortSignal;
  /**
   * The handler wants the client to poll (`extra.closeSSEStream()`). Never called for clients before
   * 2025-11-25, which cannot poll.
   */
  readonly onCloseStream?: () => void;
  /** The caller; absent if anonymous. */
  readonly auth?: CallAuth;
}

export interface InitializeOptions extends RequestOptions {
  readonly logLevel?: LoggingLevel;
}

export class InitializedServer {
  private constructor(
    readonly server: AnyServer,
    private readonly transport: OneRequestTransport,
    private readonly session: SessionInfo,
  ) {}

  /** @throws Error if the app throws, or refuses the session's client */
  static async create(
    app: App,
    session: SessionInfo,
    options: InitializeOptions,
  ): Promise<InitializedServer> {
    // Many servers ask for the client's roots as soon as they are initialized.
    const transport = new OneRequestTransport(session.id, { onRequest: options.onRequest });
    const initialized = new InitializedServer(await connected(app, session, transport), transport, session);
    await initialized
      .during(options.signal, () =>
        transport.runInitialization(() => sendInitialize(transport, session, options.logLevel)),
      )
      .catch((error: unknown) => {
        initialized.close();
        throw error;
      });
    return initialized;
  }

  /** Never resolves after {@link close}. */
  async ask(message: JSONRPCRequest, options: RequestOptions): Promise<JSONRPCResponse> {
    const { signal, onCloseStream: closeSSEStream, auth } = options;
    const polls = canPoll(this.session.protocolVersion);
    return this.during(signal, () => {
      signal?.throwIfAborted();
      const extra = { ...(polls && { closeSSEStream }), ...(auth && { authInfo: authInfoOf(auth) }) };
      return this.transport.handle(message, options, extra);
    });
  }

  get isClosed(): boolean {
    return this.transport.isClosed;
  }

  close(): void {
    this.transport.abandon();
    this.server.close(this.session.id);
    void this.transport.close(); // for a server whose class has no `close`
  }

  /**
   * Closes after a finished request. Not at once: the SDK still has the handler registered, and would abort
   * its signal although it ended well. (`cancellation.test.ts`)
   */
  closeSoon(): void {
    setImmediate(() => {
      this.close();
    });
  }

  /**
   * After the answer, leaves a server that needs no closing to its own timers: as with the SDK's own
   * transport, they may still send to the session. Nothing but these timers keeps the server in memory.
   * (`lateWords.test.ts`)
   */
  leave(say: (message: JSONRPCNotification) => Promise<void>): void {
    if (!this.server.hasNothingToClose) return this.closeSoon();
    this.transport.redirectLateMessages(say);
    const self = new WeakRef(this);
    outsideOfCalls(() => setTimeout(() => self.deref()?.close(), LEFT_MS).unref());
  }

  private async during<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const close = () => {
      this.transport.cancel();
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

/**
 * The caller in the SDK's form, for servers that look at `extra.authInfo`. Its token is empty: tokens do not leave the node, and this is
 * read in a worker.
 */
const authInfoOf = ({ principal, expiresAt, claims }: CallAuth) => ({
  token: '',
  clientId: principal.clientId ?? principal.subject,
  scopes: [...principal.scopes],
  expiresAt: expiresAt === undefined ? undefined : Math.floor(expiresAt / 1_000),
  extra: { issuer: principal.issuer, subject: principal.subject, claims },
});

/**
 * The author's server's answer to `initialize`, without the capabilities that the product does not support,
 * and with what the product itself says to clients.
 */
export async function initialize(
  app: App,
  session: SessionInfo,
  message: JSONRPCRequest,
): Promise<JSONRPCResponse> {
  const answer = await declared(app, session, message);
  if ('error' in answer) return answer;
  const declares = capabilitiesIn(answer);
  const supported = Object.entries(declares).filter(([name]) => !UNSUPPORTED.includes(name));
  const experimental = { ...(declares.experimental as object | undefined), [EXTENSION]: extension };
  const capabilities = { ...Object.fromEntries(supported), experimental };
  return { ...answer, result: { ...answer.result, capabilities } };
}

const extension: ServerExtension = { joins: JOINS };

/** Capabilities that the product does not support. A client that sees `tasks` calls tools as tasks. */
const UNSUPPORTED = ['tasks'];

/** The capabilities of {@link UNSUPPORTED} that the server declares. @throws the app's error */
export async function unsupportedBy(app: App, session: SessionInfo): Promise<string[]> {
  const declares = capabilitiesIn(await declared(app, session, initializeRequest(session)));
  return UNSUPPORTED.filter((name) => declares[name] !== undefined);
}

const capabilitiesIn = (answer: JSONRPCResponse): Record<string, unknown> =>
  'result' in answer ? ((answer.result.capabilities ?? {}) as Record<string, unknown>) : {};

async function declared(app: App, session: SessionInfo, message: JSONRPCRequest): Promise<JSONRPCResponse> {
  const transport = new OneRequestTransport(session.id);
  const server = await connected(app, session, transport);
  try {
    return await transport.runInitialization(() => transport.ask(message));
  } finally {
    server.close(session.id);
  }
}

async function connected(app: App, session: SessionInfo, transport: OneRequestTransport): Promise<AnyServer> {
  const server = await buildServer(app, session);
  await server.connect(transport).catch((error: unknown) => {
    if (server.isOurs) server.close(session.id);
    throw error;
  });
  return server;
}

async function sendInitialize(
  transport: OneRequestTransport,
  session: SessionInfo,
  logLevel?: LoggingLevel,
): Promise<void> {
  const answer = await transport.ask(initializeRequest(session));
  if ('error' in answer)
    throw new AppFault(`The app refused its session's initialize: ${answer.error.message}`);
  transport.onmessage?.({ jsonrpc: '2.0', method: 'notifications/initialized' });
  if (logLevel) await transport.ask(request('logging/setLevel', { level: logLevel }));
}

const initializeRequest = ({ protocolVersion, capabilities, client: clientInfo }: SessionInfo) =>
  request('initialize', { protocolVersion, capabilities, clientInfo });

/** The id is one that no client's request has at the same time. */
const request = (method: string, params: Record<string, unknown>): JSONRPCRequest => ({
  jsonrpc: '2.0',
  id: `durable-mcp:${method}`,
  method,
  params,
});
