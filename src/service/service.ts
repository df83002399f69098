/**
 * Sessions as a service, independent of the transport. A message comes with its principal and its connection,
 * and the answer goes out on that connection: a stream of the session's log, or a response. Memory holds
 * nothing but read positions in logs, so any number of processes can serve the same sessions.
 */
import { appContext } from '../api/appContext';
import { appContextOf, type AppContext } from '../temporal/appContext';
import type { Tail } from '../log/tail';
import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from '../mcp/protocol';
import { isInitialized } from '../wire/messages';
import { workflowIdOf } from '../wire/session';
import { CLIENT_MESSAGE_SIGNAL, type ClientMessageSignal } from '../wire/signals';
import { answerLocally, isAnsweredLocally } from './answerLocally';
import { call } from './call';
import type { ClientConnection } from './clientConnection';
import type { Caller, ServiceContext } from './context';
import { endSession } from './endSession';
import { assertInitialized } from './initialized';
import { listen } from './listen';
import { openSession, type Opened } from './openSession';
import { JustOpened } from './justOpened';
import { OpenSessions } from './openSessions';
import { Pollers } from './pollers';
import { resumeStream } from './resumeStream';
import { Sessions } from './sessions';
import { signal, toTemporal } from './toTemporal';
import { Unread } from './unread';
import { WakeUps } from './wakeUps';

export interface ServiceOptions extends Omit<
  ServiceContext,
  'sessions' | 'wakeUps' | 'openSessions' | 'justOpened' | 'unread'
> {
  /** Number of sessions whose logs are each followed by a long-poll. */
  readonly longPolls: number;
  /** Number of open sessions of one peer, among those that this process opened. */
  readonly maxSessions: number;
}

/**
 * One message of a client, and the last event that the client has received of the message's stream, if the
 * client says so.
 */
export interface Incoming {
  readonly message: JSONRPCMessage;
  readonly lastEventId?: string;
}

export class Service {
  private readonly context: ServiceContext;
  private readonly pollers: Pollers;
  private readonly app: AppContext;

  constructor(options: ServiceOptions) {
    const { client, log, taskQueue, longPolls, maxSessions } = options;
    const openSessions = new OpenSessions(client, maxSessions);
    const sessions = new Sessions(client, log, longPolls, (sessionId) => {
      openSessions.hasEnded(sessionId);
    });
    const wakeUps = new WakeUps(
      client,
      log,
      taskQueue,
      (wake) => sessions.wake(wake),
      () => sessions.readPaused(),
    );
    this.pollers = new Pollers(client, taskQueue, log);
    this.app = appContextOf(client, taskQueue);
    this.context = {
      ...options,
      sessions,
      wakeUps,
      openSessions,
      justOpened: new JustOpened(),
      unread: new Unread(),
    };
  }

  /** Answers that were not sent because their connection closed. Transports report each connection here. */
  get unread(): Unread {
    return this.context.unread;
  }

  /** Whether no worker polls the app's task queue. */
  get lacksWorkers(): boolean {
    return this.pollers.areMissing;
  }

  /**
   * Opens a session for `initialize`. `named` is the message's `Mcp-Session-Id`, which `initialize` must not
   * have. @throws Refusal
   */
  open(caller: Caller, message: JSONRPCRequest, named?: string): Promise<Opened> {
    return this.inApp(() => openSession(this.context, caller, message, named));
  }

  /**
   * Accepts one message of a session's client. Resolves when the answer is sent or the connection has closed.
   * @throws Refusal
   */
  accept(
    caller: Caller,
    sessionId: string,
    { message, lastEventId }: Incoming,
    connection: ClientConnection,
  ): Promise<void> {
    const { context } = this;
    if (isInitialized(message) && context.justOpened.take(sessionId, caller.principal))
      return begin(context, connection, sessionId, message);
    return this.inApp(() =>
      context.sessions.with(sessionId, caller.principal, async (tail, idles) => {
        if (!isJSONRPCRequest(message)) return acceptNotification(context, connection, tail, message);
        const { gone } = connection;
        if (message.method !== 'ping' && !tail.initialized) await assertInitialized(tail, gone);
        if (isAnsweredLocally(message)) return answerLocally(context, connection, tail, { message, caller });
        await call(context, connection, tail, { message, caller, lastEventId }, idles);
      }),
    );
  }

  /**
   * Opens a stream of the session's own messages or, with `lastEventId`, resumes any stream of the session.
   * @throws Refusal
   */
  listen(
    { principal }: Caller,
    sessionId: string,
    lastEventId: string | undefined,
    connection: ClientConnection,
  ): Promise<void> {
    const { context } = this;
    return context.sessions.with(sessionId, principal, (tail, idles) =>
      lastEventId === undefined
        ? listen(context, connection, tail, idles)
        : resumeStream(context, connection, tail, idles, lastEventId),
    );
  }

  /**
   * Ends a session and cancels its running calls. Resolves when no process serves the session any more.
   * @throws Refusal
   */
  end({ principal }: Caller, sessionId: string, connection: ClientConnection): Promise<void> {
    const { context } = this;
    return context.sessions.with(sessionId, principal, (tail) => endSession(context, connection, tail));
  }

  close(): void {
    this.context.sessions.close();
    this.context.wakeUps.close();
    this.pollers.close();
  }

  /** Gives the app's code access to the service's Temporal client (src/api/appContext.ts). */
  private inApp<T>(run: () => Promise<T>): Promise<T> {
    return appContext.run(this.app, run);
  }
}

/** Accepts the first message of a session that this node has opened, without reading its log. */
async function begin(
  context: ServiceContext,
  connection: ClientConnection,
  sessionId: string,
  message: JSONRPCNotification,
): Promise<void> {
  const handle = context.client.workflow.getHandle(workflowIdOf(sessionId));
  await toTemporal(context, () => handle.signal<[ClientMessageSignal]>(CLIENT_MESSAGE_SIGNAL, { message }));
  connection.accepted();
  context.sessions.prepare(sessionId);
}

/** Accepts a notification or a response, which is durable when this resolves. */
async function acceptNotification(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
  message: JSONRPCNotification | JSONRPCResponse,
): Promise<void> {
  await signal<ClientMessageSignal>(context, tail, CLIENT_MESSAGE_SIGNAL, { message });
  connection.accepted();
}
