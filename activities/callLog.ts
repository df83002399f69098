/**
 * What one attempt needs of its call's journal and log. Both are the session's: temporalCallLog.ts reaches its workflow, and `callTool`
 * has one in memory.
 */
import type { Journal } from '../src/wire/call';
import type { ClaimResult, OpenAttemptResult, RecordSignal, SetState, Emit } from '../src/wire/signals';
import type { JSONRPCNotification, JSONRPCResponse } from '../src/mcp/protocol';
import type { SessionInfo } from '../src/wire/sessionInfo';

/** What the log says of the call while it is followed. */
export type CallEvent =
  /** The step has ended as this attempt recorded it. */
  | { readonly kind: 'recorded'; readonly step: string }
  /** The question was given up. */
  | { readonly kind: 'takenBack'; readonly step: string }
  /** A response of the client, to this call or to another. */
  | { readonly kind: 'answered'; readonly response: JSONRPCResponse };

type Open = Extract<OpenAttemptResult, { open: true }>;
/** The attempt is open, with the whole journal. */
export type Opened = Open & { readonly journal: Journal };

/** A later attempt has begun, or the call is over. */
export class MovedOn extends Error {
  override readonly name = 'MovedOn';
}

/** Every write carries the attempt, and is refused, or not heard, when a later one has begun. */
export interface CallLog {
  /** Fences earlier attempts, and reads what they left. `undefined` if a later one has begun. */
  open(): Promise<Opened | undefined>;
  claim(step: string, within: string | undefined): Promise<ClaimResult>;
  /** Durable when it resolves. @throws MovedOn */
  record(record: Omit<RecordSignal, 'call' | 'attempt'>): Promise<void>;
  /** Resolves with `false` if the key has another value than expected. @throws LimitExceeded */
  setState(write: Omit<SetState, 'call' | 'attempt'>): Promise<boolean>;
  /** Of the session, now. */
  readState(): Promise<SessionInfo['state']>;
  /** Durable when it resolves. @throws MovedOn if the session has ended */
  emit(emits: Emit[]): Promise<void>;
  /** What the server has said after its answer, as the `number`th: for the session. Durable when it resolves. @throws as {@link emit} */
  later(number: number, message: JSONRPCNotification): Promise<void>;
  /** Resolves when all that is in the log has been read; what comes after it is told, in its order, until `signal` aborts. */
  follow(tell: (event: CallEvent) => void, signal: AbortSignal): Promise<void>;
}
