/**
 * What a workflow and the activities of its MCP client say to each other. It stands in histories: every change
 * is an addition. Part of the workflow's bundle.
 */
import type {
  InitializeResult,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '../../wire/messages';

/** A session with an MCP server. Credentials are never part of it. */
export interface SessionRecord {
  /** Absent where the server gives out none. */
  readonly id?: string;
  readonly protocolVersion: string;
  /** How many of its last requests the server joins to a repetition; 0: it joins none. */
  readonly joins: number;
}

export interface OpenedSession extends SessionRecord {
  readonly initialize: InitializeResult;
}

/** Tells the worker which target it is about, by its function for the server. */
interface About {
  readonly arg?: unknown;
}

export interface OpenInput extends About {
  readonly capabilities: { readonly [name: string]: object };
}

export interface RequestInput extends About {
  readonly session: SessionRecord;
  /** With the id on the wire. Each attempt sends the same bytes. */
  readonly message: JSONRPCRequest;
  /** Whether it only reads, or is idempotent. */
  readonly safe: boolean;
  /** Set after a question: the request was sent, and its stream was read up to here. */
  readonly after?: { readonly lastEventId?: string; readonly answered: readonly RequestId[] };
}

export type RequestOutcome =
  | { readonly response: JSONRPCResponse }
  /** The server asks, and the activity ends: the answer may take days. */
  | { readonly asked: JSONRPCRequest; readonly lastEventId?: string }
  /** The server no longer has the session, and the request did not run, or may run again. */
  | { readonly gone: true };

export interface TellInput extends About {
  readonly session: SessionRecord;
  readonly message: JSONRPCResponse | JSONRPCNotification;
}

export interface TellOutcome {
  /** Whether the server still has the session. */
  readonly isTaken: boolean;
}

export interface EndInput extends About {
  readonly session: SessionRecord;
}

export interface McpActivities {
  open(input: OpenInput): Promise<OpenedSession>;
  request(input: RequestInput): Promise<RequestOutcome>;
  tell(input: TellInput): Promise<TellOutcome>;
  end(input: EndInput): Promise<void>;
}

export const OPERATIONS = ['open', 'request', 'tell', 'end'] as const;

/** The type of an activity, by which workers of different servers are told apart in Temporal's UI. */
export const activityName = (server: string, operation: (typeof OPERATIONS)[number]): string =>
  `mcp.${server}.${operation}`;

/** The types of the failures that a workflow sees. Each names what is in its first detail. */
export const Failures = {
  /** `{ callId, lastEventId? }` */
  outcomeUnknown: 'OutcomeUnknown',
  /** `{ callId, sessionId? }` */
  sessionLost: 'SessionLost',
  /** `{ callId }` */
  requestTimeout: 'RequestTimeout',
  /** `{ code, data? }`: the server answered with a JSON-RPC error. */
  mcpError: 'McpError',
} as const;
