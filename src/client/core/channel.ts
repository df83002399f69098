/** What a transport adds to a client that remembers: how bytes reach the server, and what a break means. */
import type {
  InitializeResult,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
} from '../../wire/messages';
import type { OpenCall } from './openCall';
import type { Records } from './records';
import type { Settings } from './settings';

export type ConnectionState =
  'idle' | 'connecting' | 'initializing' | 'connected' | 'reconnecting' | 'closing' | 'closed' | 'failed';

/** What the channel may ask of the client, and tells it. */
export interface ChannelContext {
  readonly settings: Settings;
  readonly records: Records;
  /**
   * What the server sends beside answers; `call`: the request on whose stream it came, as the event `eventId`.
   * Returns what resolves when a question is written down: the place after it in its stream must not be kept
   * before.
   */
  incoming(message: JSONRPCMessage, call?: OpenCall, eventId?: string): Promise<void> | undefined;
  /** @throws LeaseLost if another process has what this one had */
  assertLease(): Promise<void>;
  readonly ownsSession: () => boolean;
  /** The session was lost and another was opened. */
  reopened(response: JSONRPCResponse): void;
  state(state: ConnectionState, error?: Error): void;
}

/** A session as its client sees it. */
export interface SessionFacts {
  /** Absent where the server gives out none. */
  readonly id?: string;
  readonly protocolVersion: string;
  /** The server's answer to `initialize`. */
  readonly initialize: InitializeResult;
  /** Whether an earlier connection opened it. */
  readonly restored: boolean;
  /** How many of its last requests the server would join to a repetition; 0: it joins none. */
  readonly joins: number;
}

export interface Channel {
  /** Takes up the kept session, or opens one. Resolves with the server's answer to `initialize`, kept or new. */
  initialize(request: JSONRPCRequest): Promise<JSONRPCResponse>;
  /** Whether the session is one that was kept: it has been initialized. */
  readonly restored: boolean;
  /** Absent where there are none. */
  readonly sessionId: string | undefined;
  readonly facts: SessionFacts | undefined;
  /** Called before a request is first sent. Resolves with the session's count of requests, this one included. */
  count(): Promise<number>;
  /** Called every few seconds: keeps the session's record from expiring. */
  renew(): Promise<void>;
  /** Sends the request, as often as may be, until it is answered. @throws McpClientError */
  exchange(call: OpenCall): Promise<JSONRPCResponse>;
  /** Sends a notification, or an answer, which is sent until it is taken. @throws McpClientError */
  tell(message: JSONRPCNotification | JSONRPCResponse, signal?: AbortSignal): Promise<void>;
  /** Begins to listen to what the session says by itself; only its owner does. */
  listen(): void;
  /** Lets go of the server, and leaves the session. */
  close(): Promise<void>;
  /** Ends the session. */
  end(): Promise<void>;
}
