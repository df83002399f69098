/**
 * Sessions as a service, whatever transport carries their messages. A principal's message comes in with the connection that brought it, and its
 * answer goes out there: a stream of the session's log, or a response. Nothing in memory is more than a reader's place in a log, so any number of
 * processes serve the same sessions.
 */
import { appContext } from '../api/appContext';
import type { Tail } from '../log/tail';
import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from '../mcp/protocol';
import { CLIENT_MESSAGE_SIGNAL, type ClientMessageSignal } from '../wire/signals';
import { answerLocally, isAnsweredLocally } from './answerLocally';
import { call } from './call';
import type { ClientConnection } from './clientConnection';
import type { Caller, ServiceContext } from './context';
import { endSession } from './endSession';
import { assertInitialized } from './initialized';
import { listen } from './listen';
import { openSession, type Opened } from './openSession';
import { OpenSessions } from './openSessions';
import { Pollers } from './pollers';
import { resumeStream } from './resumeStream';
import { Sessions } from './sessions';
import { signal } from './toTemporal';
import { Unread } from './unread';
import { WakeUps } from './wakeUps';

export interface ServiceOptions extends Omit<
  ServiceContext,
  'sessions' | 'wakeUps' | 'openSessions' | 'unread'
> {
  /** How many sessions' logs are followed by a long-poll each. */
  readonly longPolls: number;
  /** How many sessions one peer may have open of those that this process has opened. */
  readonly maxSessions: number;
}

/** One message of a client, with the place in its stream up to which the client has read, where the client says so. */
export interface Incoming {
  readonly message: JSONRPCMessage;
  readonly lastEventId?: string;
}

export class Service {
  private readonly context: ServiceContext;
  private readonly pollers: Pollers;
  private readonly app: { readonly client: ServiceContext['client']['workflow']; readonly taskQueue: string };

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
    this.app = { client: client.workflow, taskQueue };
    this.context = { ...options, sessions, wakeUps, openSessions, unread: new Unread() };
  }

  /** Answers whose connections have closed before they were sent: transports tell of each connection. */
  get unread(): Unread {
    return this.context.unread;
  }

  /** Whether no worker polls the app's task queue. */
  get lacksWorkers(): boolean {
    return this.pollers.areMissing;
  }

  /** Opens a session for `initialize`. `named` is the session that the message names, which it should not. @throws Refusal */
  open(caller: Caller, message: JSONRPCRequest, named?: string): Promise<Opened> {
    return this.inApp(() => openSession(this.context, caller, message, named));
  }

  /** Takes one message of a session's client. Resolves when its answer is out, or its connection has closed. @throws Refusal */
  accept(
    { principal }: Caller,
    sessionId: string,
    { message, lastEventId }: Incoming,
    connection: ClientConnection,
  ): Promise<void> {
    const { context } = this;
    return this.inApp(() =>
      context.sessions.with(sessionId, principal, async (tail, idles) => {
        if (!isJSONRPCRequest(message)) return acceptNotification(context, connection, tail, message);
        const { gone } = connection;
        if (message.method !== 'ping' && !tail.initialized) await assertInitialized(tail, gone);
        if (isAnsweredLocally(message)) return answerLocally(context, connection, tail, message);
        await call(context, connection, tail, { message, principal, lastEventId }, idles);
      }),
    );
  }

  /** A stream of the session's own messages, or, from `lastEventId`, the rest of any stream of the session. @throws Refusal */
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

  /** Ends a session, and cancels its running calls. Resolves when no process serves it any more. @throws Refusal */
  end({ principal }: Caller, sessionId: string, connection: ClientConnection): Promise<void> {
    const { context } = this;
    return context.sessions.with(sessionId, principal, (tail) => endSession(context, connection, tail));
  }

  close(): void {
    this.context.sessions.close();
    this.context.wakeUps.close();
    this.pollers.close();
  }

  /** The app's code finds its own Temporal (src/api/appContext.ts). */
  private inApp<T>(run: () => Promise<T>): Promise<T> {
    return appContext.run(this.app, run);
  }
}

/** A notification or a response: durable when this returns. */
async function acceptNotification(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
  message: JSONRPCNotification | JSONRPCResponse,
): Promise<void> {
  await signal<ClientMessageSignal>(context, tail, CLIENT_MESSAGE_SIGNAL, { message });
  connection.accepted();
}
