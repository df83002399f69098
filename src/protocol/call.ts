/** One call's shapes: the request, how often it may run, and its journal of steps. Part of the workflow bundle. */
import type { JSONRPCRequest, LoggingLevel, RequestId } from './mcp';
import type { SessionInfo } from './session';

export type Delivery = 'at-least-once' | 'at-most-once';

/** A tool's guarantee in numbers. The node reads it off the author's code and sends it with the request. */
export interface CallPolicy {
  readonly delivery: Delivery;
  /** How often a handler that throws is run; crashes do not count. 1 for at-most-once. */
  readonly maximumAttempts: number;
  /** Milliseconds before the second attempt; doubles for each further one. */
  readonly initialIntervalMs: number;
  /** Milliseconds from the request to its answer, retries and waits included. */
  readonly timeoutMs: number;
}

export interface CallRequest {
  readonly message: JSONRPCRequest;
  readonly policy: CallPolicy;
}

/** The activity's input. */
export interface CallInput extends CallRequest {
  readonly session: SessionInfo;
  readonly logLevel?: LoggingLevel;
}

/** A request id as a key: `1` and `"1"` are different requests. */
export const callKey = (id: RequestId): string => JSON.stringify(id);

export type StepKind = 'atLeastOnce' | 'atMostOnce';

/** What a step did, once it has ended: returned a value (absent for `undefined`), or threw. */
export type StepOutcome = { readonly value?: unknown } | { readonly error: StepError };

export interface StepError {
  readonly name: string;
  readonly message: string;
}

/** A step's place in the journal. Without an outcome it was claimed and has not ended. */
export interface JournalEntry {
  readonly kind: StepKind;
  readonly outcome?: StepOutcome;
}

/** The steps of a call in flight, by name. */
export type Journal = Readonly<Record<string, JournalEntry>>;
