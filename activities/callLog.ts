/**
 * The journal and the log of a call, as one attempt uses them. Both belong to the session: temporalCallLog.ts
 * reaches the session's workflow, `callTool` keeps both in memory.
 */
import type { Journal } from '../src/wire/call';
import type { ClaimResult, OpenAttemptResult, RecordSignal, SetState, Emit } from '../src/wire/signals';
import type { JSONRPCNotification, JSONRPCResponse } from '../src/mcp/protocol';
import type { SessionInfo } from '../src/wire/sessionInfo';

/** An event of the log that an attempt follows. */
export type CallEvent =
  /** The log contains this attempt's record of the step's end. */
  | { readonly kind: 'recorded'; readonly step: string }
  /** The question was withdrawn. */
  | { readonly kind: 'takenBack'; readonly step: string }
  /** A response of the client, to this call or to another call of the session. */
  | { readonly kind: 'answered'; readonly response: JSONRPCResponse };

type Open = Extract<OpenAttemptResult, { open: true }>;
/** An open attempt, with the whole journal. */
export type Opened = Open & { readonly journal: Journal };

/** A later attempt has begun, or the call is over. */
export class MovedOn extends Error {
  override readonly name = 'MovedOn';
}

/**
 * Every write carries the attempt's number. The workflow refuses or ignores writes of an attempt that is not
 * the newest.
 */
export interface CallLog {
  /** Fences earlier attempts and reads their journal. `undefined` if a later attempt has begun. */
  open(): Promise<Opened | undefined>;
  claim(step: string, within: string | undefined): Promise<ClaimResult>;
  /** Resolves when the record is durable. @throws MovedOn */
  record(record: Omit<RecordSignal, 'call' | 'attempt'>): Promise<void>;
  /** Resolves with `false` if the value of the key is not the expected one. @throws LimitExceeded */
  setState(write: Omit<SetState, 'call' | 'attempt'>): Promise<boolean>;
  /** The session's current state. */
  readState(): Promise<SessionInfo['state']>;
  /** Resolves when the messages are durable. @throws MovedOn if the session has ended */
  emit(emits: Emit[]): Promise<void>;
  /**
   * Sends a notification of the server from after the call's response, the `number`th, to the session. Resolves
   * when it is durable. @throws as {@link emit}
   */
  later(number: number, message: JSONRPCNotification): Promise<void>;
  /**
   * Resolves when the log has been read to its present end. Later events go to `tell`, in the log's order,
   * until `signal` aborts.
   */
  follow(tell: (event: CallEvent) => void, signal: AbortSignal): Promise<void>;
}
