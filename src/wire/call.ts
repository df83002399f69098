/**
 * The shapes of one call: the request, its retry policy, and its journal of steps. Part of the workflow
 * bundle.
 */
import type { CallAuth } from './principal';
import type {
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  LoggingLevel,
  RequestId,
} from './messages';
import type { DeduplicatorSnapshot } from './snapshots';
import type { SessionInfo } from './sessionInfo';

/**
 * Limit for an answer that a session's workflow task records: those of many calls must fit into the end of one
 * task.
 */
export const MAXIMUM_INLINE_BYTES = 32_000;

/**
 * The activity type of one execution of a call; a session has other activities, too. The name is in every
 * history, so it never changes.
 */
export const CALL_ACTIVITY = 'handleRequest';

/** The default of `maximumCrashes`, for requests of nodes from before 0.3. */
export const MAXIMUM_CRASHES = 10;

/** Limit for the client's answers to one call, which travel in one payload with the rest of its journal. */
export const MAXIMUM_ANSWERS_BYTES = 400_000;

export type Delivery = 'at-least-once' | 'at-most-once';

/**
 * A tool's delivery guarantee in numbers. The node reads it from the author's server and sends it with the
 * request.
 */
export interface CallPolicy {
  readonly delivery: Delivery;
  /** Number of attempts for a handler that throws; crashes do not count. 1 for at-most-once. */
  readonly maximumAttempts: number;
  /**
   * Number of attempts in a row that may end by a crash of their worker while no step of the call ends.
   * Default: {@link MAXIMUM_CRASHES}.
   */
  readonly maximumCrashes?: number;
  /** Milliseconds before the second attempt; doubles for each further one. */
  readonly initialIntervalMs: number;
  /**
   * Milliseconds from the request to its answer, including retries, but not waits for the client or sleeps.
   */
  readonly timeoutMs: number;
  /**
   * An attempt without a heartbeat for this long has lost its worker. Default: the timeout of `normal`
   * recovery.
   */
  readonly heartbeatTimeoutMs?: number;
  /** The node's app has no such tool. */
  readonly isOfUnknown?: true;
  /**
   * The call's first attempt begins as a local activity, inside of its session's workflow task, and an activity
   * goes on with it unless it ends soon. Absent before 0.3, and where the call is at-most-once.
   */
  readonly inlineFirst?: true;
  /** Before 0.3: all of the call runs as a local activity. Only histories have it. */
  readonly short?: true;
  /**
   * The idempotency keys of the call's steps are hashes. Absent before 0.4; calls from then keep their keys.
   */
  readonly hashedKeys?: true;
}

export interface CallRequest {
  readonly message: JSONRPCRequest;
  readonly policy: CallPolicy;
  /**
   * The task queue of the node that holds the call's stream, if that node is to be woken. Absent if the node
   * follows the log.
   */
  readonly wakeAt?: string;
  /** Epoch milliseconds by Temporal's clock, as far as the node knows it. Absent before 0.3. */
  readonly sentAt?: number;
  /** The caller; absent if anonymous. Never contains a token. */
  readonly auth?: CallAuth;
}

/** The activity's input. */
export interface CallInput extends CallRequest {
  readonly session: SessionInfo;
  readonly logLevel?: LoggingLevel;
  /** The checkpoint of the previous execution; absent in the first. */
  readonly before?: ExecutionCheckpoint;
  /**
   * The call is cancelled, or its session has ended: the handler runs once more so that it can undo what it
   * did. Without {@link before} it has never run, and never does.
   */
  readonly cancelled?: { readonly reason: string };
  /**
   * The session's workflow is of 0.3 or later: it takes several records in one signal, and hands running
   * calls over to its next run.
   */
  readonly handsOver?: true;
  /** The workflow could not run the call: the activity runs no handler and answers with this error. */
  readonly broken?: { readonly reason: string };
  /** The call's first attempt runs already, in the worker where it began: the activity goes on with it. */
  readonly adopts?: true;
}

/** The input of the local activity with which a call begins. */
export interface InlineInput extends CallInput {
  /** Otherwise the call is only looked for. */
  readonly mayBegin: boolean;
  /**
   * Present if the request is so old that an earlier try of this workflow task may have begun the call: when it
   * was sent, see {@link CallRequest.sentAt}.
   */
  readonly mayHaveBegunSince?: number;
}

/**
 * How a call stands when its local activity ends:
 *
 * - `promoted`: its first attempt runs on, in the worker with this task queue.
 * - `notBegun`: it has not begun, and is an ordinary activity.
 * - `died`: it may have begun in a worker that has died since, which is a crash of its first attempt.
 */
export type InlineEnd =
  | { readonly kind: 'promoted'; readonly worker: string }
  | { readonly kind: 'notBegun' }
  | { readonly kind: 'died' };
/** The result of the local activity: the answer of a quick call, or how the call stands. */
export type InlineOutcome = InlineAnswer | InlineEnd;

/**
 * A call that only waits is suspended: its activity ends. When a wait has ended, the next execution, another
 * activity, runs the handler again over the journal.
 */
export interface Suspended {
  readonly suspended: {
    /** The steps that wait for an answer of the client; any answer wakes the call. */
    readonly steps: string[];
    /**
     * The sleeps that the call waits for. Their ends are in the workflow's journal, so the workflow wakes the
     * call. Absent before 0.3.
     */
    readonly sleeps?: string[];
    /**
     * Epoch milliseconds, by the worker's clock, at which the call wakes. Only for workflows from before 0.3.
     */
    readonly wakeAt?: number;
    /** The call waits only for the session's next run. */
    readonly handedOver?: true;
    /** The activity was to go on with an attempt, and the attempt is not in this worker. */
    readonly elsewhere?: true;
  };
  readonly leg: ExecutionCheckpoint;
}

/** What one execution of a call hands to the next. */
export interface ExecutionCheckpoint {
  /** Number of attempts so far. */
  readonly attempts: number;
  /** Number of attempts that ended without a crash of their worker. Absent before 0.3. */
  readonly endedWell?: number;
  /** Number of attempts that threw. */
  readonly thrown: number;
  /** The last attempt that threw. */
  readonly lastThrown?: number;
  /** What is left of the call's time. */
  readonly timeLeftMs: number;
  readonly said: DeduplicatorSnapshot;
}

/**
 * What attempts of one activity hand on: in its heartbeats, and in the failure of one that throws. Temporal's attempt
 * number counts crashes too, which must not count as failures.
 */
export interface Heartbeat {
  readonly thrown: number;
  readonly lastThrown?: number;
  /** Attempts of this execution that ended without the death of their worker. Absent before 0.3. */
  readonly endedWell?: number;
  readonly pausedMs: number;
}

/** The result of a call's activity. */
export type CallOutcome = JSONRPCResponse | Suspended;

/** The answer of a call that has ended inside of a workflow task. */
export interface InlineAnswer {
  /** Its messages: none since 0.3, since a call that says something is promoted. */
  readonly said: { readonly to: 'call' | 'session'; readonly message: JSONRPCNotification }[];
  readonly response: JSONRPCResponse;
}

/** A suspended call that crosses into its session's next run. */
export interface SuspendedCall extends CallRequest, Suspended {
  readonly journal: Journal;
  /** The journal's step of each request to the client, by that request's id. */
  readonly asks: [id: RequestId, step: string][];
  /** The session's state when the call began, if it differs from the session's state now. */
  readonly state?: SessionInfo['state'];
  readonly totals?: CallTotals;
}

/** Totals of a call over all its attempts. */
export interface CallTotals {
  /** Bytes of the attempts' messages, repetitions included. */
  readonly saidBytes: number;
  /** Number of attempts that ended by a crash of their worker. */
  readonly crashes: number;
  /** The value of `crashes` when a step of the call last ended. */
  readonly crashesBefore: number;
}

/** A request id as a key: `1` and `"1"` are different requests. */
export const callKey = (id: RequestId): string => JSON.stringify(id);

/**
 * `ask` is a request to the client; its value is the client's response. The value of a `sleep` is its end in
 * epoch milliseconds, from its beginning on; the sleep has ended when it has an `order`.
 */
export type StepKind = 'atLeastOnce' | 'atMostOnce' | 'ask' | 'sleep' | 'state';

/** The outcome of a step: a value (absent for `undefined`) or an error. */
export type StepOutcome = { readonly value?: unknown } | { readonly error: StepError };

/** An error as JSON. Every attempt rebuilds the error from it, even the attempt that threw it. */
export interface StepError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  /**
   * The step itself did not fail. `cancelled`: its call was cancelled. `unknown`: its attempt died before the
   * step's end was recorded.
   */
  readonly because?: 'cancelled' | 'unknown';
}

/** A step in the journal. Without an outcome, the step was claimed or asked and has not ended. */
export interface JournalEntry {
  readonly kind: StepKind;
  readonly outcome?: StepOutcome;
  /**
   * The step's place, from 1, in the order in which the call's steps ended; later attempts see the ends in
   * this order. Absent before the end, and before 0.3.
   */
  readonly order?: number;
  /** The attempt in which the step ended. */
  readonly attempt?: number;
  /** The enclosing step. An attempt that skips the enclosing step never reaches this one. */
  readonly within?: string;
  /** For a request to the client: its timeout, in epoch milliseconds by the workflow's clock. */
  readonly until?: number;
}

/** The steps of a call in flight, by name. */
export type Journal = Readonly<Record<string, JournalEntry>>;
