/** One call's shapes: the request, how often it may run, and its journal of steps. Part of the workflow bundle. */
import type { Principal } from './principal';
import type {
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  LoggingLevel,
  RequestId,
} from './messages';
import type { DeduplicatorSnapshot } from './snapshots';
import type { SessionInfo } from './sessionInfo';

/** What a short call says and answers: what many of them end with must fit into the end of one workflow task. */
export const MAXIMUM_SHORT_BYTES = 32_000;

/** The activity that is a leg of a call; a session has others, too. The name stands in every history, so it never changes. */
export const CALL_ACTIVITY = 'handleRequest';

/** An author's `maximumCrashes`, where the node (from before 0.3) does not send one. */
export const MAXIMUM_CRASHES = 10;

/** The answers of a call's client travel in one payload with the rest of its journal. */
export const MAXIMUM_ANSWERS_BYTES = 400_000;

export type Delivery = 'at-least-once' | 'at-most-once';

/** A tool's guarantee in numbers. The node reads it off the author's code and sends it with the request. */
export interface CallPolicy {
  readonly delivery: Delivery;
  /** How often a handler that throws is run; crashes do not count. 1 for at-most-once. */
  readonly maximumAttempts: number;
  /** How many attempts in a row may end with their worker, without a step of the call ending meanwhile. Default: {@link MAXIMUM_CRASHES}. */
  readonly maximumCrashes?: number;
  /** Milliseconds before the second attempt; doubles for each further one. */
  readonly initialIntervalMs: number;
  /** Milliseconds from the request to its answer, retries included; waiting for the client and sleeping are not. */
  readonly timeoutMs: number;
  /** After so long without a heartbeat the attempt has lost its worker. Default: that of `normal` recovery. */
  readonly heartbeatTimeoutMs?: number;
  /** The node's app has no such tool. */
  readonly isOfUnknown?: true;
  /** It runs inside of its session's workflow task. */
  readonly short?: true;
  /** Its steps' idempotency keys are hashes. Absent before 0.4, whose calls in flight keep their keys. */
  readonly hashedKeys?: true;
}

export interface CallRequest {
  readonly message: JSONRPCRequest;
  readonly policy: CallPolicy;
  /** Where the node is to be woken that holds the call's stream and does not follow the log. Absent where it does. */
  readonly wakeAt?: string;
  /** Epoch milliseconds, by the clock of the node that took it. Absent before 0.3. */
  readonly sentAt?: number;
  /** Who asks; absent for anonymous callers. Never a token. */
  readonly auth?: Principal;
}

/** The activity's input. */
export interface CallInput extends CallRequest {
  readonly session: SessionInfo;
  readonly logLevel?: LoggingLevel;
  /** What the legs before left; absent in the first. */
  readonly before?: ExecutionCheckpoint;
  /** The call is cancelled, or its session has ended: the handler runs once more, so that it can undo what it did. */
  readonly cancelled?: { readonly reason: string };
  /** The session's workflow is of 0.3 or later: it takes records together, and hands calls over to its next run. */
  readonly handsOver?: true;
  /** The workflow could not run the call: the activity answers with this error, and runs no handler. */
  readonly broken?: { readonly reason: string };
}

/**
 * A call that only waits is suspended: its activity ends, and another one, its next leg, runs the handler again over the journal
 * when there is something to go on with.
 */
export interface Suspended {
  readonly suspended: {
    /** The steps whose answer from the client is awaited: any of them wakes the call. */
    readonly steps: string[];
    /** The sleeps that are awaited: the workflow, whose journal has their ends, wakes the call. Absent before 0.3. */
    readonly sleeps?: string[];
    /** Epoch milliseconds at which it wakes by itself, by its worker's clock. Only for workflows from before 0.3. */
    readonly wakeAt?: number;
    /** It waits for nothing but the session's next run. */
    readonly handedOver?: true;
  };
  readonly leg: ExecutionCheckpoint;
}

/** What a leg hands to the next. */
export interface ExecutionCheckpoint {
  /** How many attempts the call has had. */
  readonly attempts: number;
  /** How many of them have ended without their worker dying. Absent before 0.3. */
  readonly endedWell?: number;
  /** How many of them threw. */
  readonly thrown: number;
  /** The last of those. */
  readonly lastThrown?: number;
  /** What is left of the call's time. */
  readonly timeLeftMs: number;
  readonly said: DeduplicatorSnapshot;
}

/** How a call's activity ends. */
export type CallOutcome = JSONRPCResponse | Suspended;

/** How a short call ends: what it said comes with its answer. */
export interface ShortOutcome {
  readonly said: { readonly to: 'call' | 'session'; readonly message: JSONRPCNotification }[];
  readonly response: JSONRPCResponse;
}

/** A call that is suspended while its session goes on in the next run. */
export interface SuspendedCall extends CallRequest, Suspended {
  readonly journal: Journal;
  /** The journal's name of each request to the client, by that request's id. */
  readonly asks: [id: RequestId, step: string][];
  /** The session's state as the call began, where that is not the session's state now. */
  readonly state?: SessionInfo['state'];
  readonly totals?: CallTotals;
}

/** What counts for the call as a whole, whichever attempt it was. */
export interface CallTotals {
  /** Bytes of what its attempts have said, repetitions included. */
  readonly saidBytes: number;
  /** Attempts that ended with their worker. */
  readonly crashes: number;
  /** How many of those had been when a step of the call last ended. */
  readonly crashesBefore: number;
}

/** A request id as a key: `1` and `"1"` are different requests. */
export const callKey = (id: RequestId): string => JSON.stringify(id);

/**
 * `ask` is a request to the client, whose value is the client's response. `sleep` has, from its beginning, the epoch milliseconds at
 * which it ends as its value, and has ended when it has an `order`.
 */
export type StepKind = 'atLeastOnce' | 'atMostOnce' | 'ask' | 'sleep' | 'state';

/** How a step ended: with a value (absent for `undefined`), or with an error. */
export type StepOutcome = { readonly value?: unknown } | { readonly error: StepError };

/** An error as JSON: what every attempt rebuilds, the one in which it was thrown included. */
export interface StepError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  /** The step itself did not fail. `cancelled`: its call was. `unknown`: its attempt died before its end was recorded. */
  readonly because?: 'cancelled' | 'unknown';
}

/** A step's place in the journal. Without an outcome it was claimed, or asked, and has not ended. */
export interface JournalEntry {
  readonly kind: StepKind;
  readonly outcome?: StepOutcome;
  /** The how-manieth to end, from 1: later attempts hear of ends in this order. Absent before the end, and before 0.3. */
  readonly order?: number;
  /** During which attempt it ended. */
  readonly attempt?: number;
  /** The step inside of which it was taken: an attempt that skips that one never comes to this one. */
  readonly within?: string;
  /** Of a question: the epoch milliseconds, by the workflow's clock, at which it is given up. */
  readonly until?: number;
}

/** The steps of a call in flight, by name. */
export type Journal = Readonly<Record<string, JournalEntry>>;
