/**
 * Names and shapes of every message to a session's workflow. The names are in every history, so they never
 * change. A signal is durable when its RPC returns; an update has an answer and costs twice as much.
 */
import type { CallRequest, Journal, JournalEntry, StepKind, StepOutcome } from './call';
import type { StreamId } from './eventId';
import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  LoggingLevel,
} from './messages';
import type { SessionState } from './session';
import type { MessageFingerprint } from './snapshots';

/** A request of the client that runs as a call. */
export const REQUEST_SIGNAL = 'request';
export interface RequestSignal extends CallRequest {
  /** Identifies one POST, so that its node finds its own signal in the log. */
  readonly postId: string;
  /**
   * A hash of the message. A request with a known id and another digest is a different request, and is
   * refused.
   */
  readonly digest: string;
}

/**
 * The same payload as an update, for a call that begins inline: one commit instead of three, since Temporal writes the
 * update only with the end of the workflow task that answers it. A session that cannot start the call now
 * refuses the update, which then is not in the history; the node sends the signal instead.
 */
export const SHORT_REQUEST_UPDATE = 'shortRequest';

/** A notification or a response of the client. */
export const CLIENT_MESSAGE_SIGNAL = 'clientMessage';
export interface ClientMessageSignal {
  readonly message: JSONRPCNotification | JSONRPCResponse;
}

/** The client's log level (`logging/setLevel`). */
export const LOG_LEVEL_SIGNAL = 'logLevel';
export interface LogLevelSignal {
  readonly level: LoggingLevel;
  /** The request and its answer, for readers of the log. Absent in sessions of version 0.1. */
  readonly request?: JSONRPCRequest;
  readonly response?: JSONRPCResponse;
}

/**
 * A GET listens to the session's own messages, on a new or resumed stream. The newest listener gets the
 * messages.
 */
export const LISTEN_SIGNAL = 'listen';
/** The client closed that GET. */
export const LEAVE_SIGNAL = 'leave';
export interface ListenSignal {
  readonly stream: StreamId;
  /** Identifies one GET, as `postId` identifies a POST. */
  readonly getId: string;
  /** The task queue of the GET's node, if that node is to be woken. Absent if the node follows the log. */
  readonly wakeAt?: string;
}

/** A GET resumes a call's stream, at a node that is to be woken for it. */
export const AWAIT_SIGNAL = 'await';
export interface AwaitSignal {
  readonly call: string;
  readonly wakeAt: string;
}

/**
 * The client uses the session in a way that leaves no other event: pings, lists, open streams. No payload.
 */
export const KEEPALIVE_SIGNAL = 'heard';

/** The client subscribes to a resource, or unsubscribes. */
export const SUBSCRIPTION_SIGNAL = 'subscription';
export interface SubscriptionSignal {
  readonly uri: string;
  readonly subscribed: boolean;
  /** The request, and its answer unless the session refuses it, for readers of the log. */
  readonly request: JSONRPCRequest;
  readonly response: JSONRPCResponse;
  /** Identifies one POST, as for requests. */
  readonly postId: string;
}

/** A notification to the client from outside its calls. Notifications with the same `id` are sent once. */
export const NOTIFY_SIGNAL = 'notify';
export interface NotifySignal {
  readonly id: string;
  readonly message: JSONRPCNotification;
}

/** The messages of a running call, in order. */
export const EMIT_SIGNAL = 'emit';
export interface EmitSignal {
  readonly call: string;
  readonly attempt: number;
  readonly emits: Emit[];
}
export type Emit =
  /** A message to the client, on the call's stream or on the session's. */
  | {
      readonly to: 'call' | 'session';
      readonly message: JSONRPCMessage;
      /** Tells new messages from repeated ones, see src/model/messageDeduplicator.ts. */
      readonly mark: MessageFingerprint;
      /** The journal's step of this request to the client, or of the request that this message cancels. */
      readonly step?: string;
      readonly within?: string;
      /** For a request to the client: its timeout in milliseconds. */
      readonly timeoutMs?: number;
    }
  /** Closes the connection, not the stream: the client polls. */
  | { readonly to: 'connection'; readonly mark: MessageFingerprint };

/** A step has ended, or a sleep has begun or ended. */
export const RECORD_SIGNAL = 'record';
export interface RecordSignal {
  readonly call: string;
  readonly attempt: number;
  readonly step: string;
  readonly kind: StepKind;
  readonly outcome: StepOutcome;
  readonly within?: string;
  /**
   * A sleep begins and lasts this many milliseconds of the workflow's clock; `outcome` is for workflows from
   * before 0.3.
   */
  readonly sleepMs?: number;
  /**
   * The step's failure ended its attempt. The step is removed from the journal, so the next attempt runs it
   * again.
   */
  readonly forget?: true;
}

/** Records of several calls of the session, in their order. Only where {@link CallInput.handsOver}. */
export const RECORDS_SIGNAL = 'records';
export interface RecordsSignal {
  readonly records: readonly RecordSignal[];
}

/** The session is over from this event on, not only once its workflow has closed. */
export const END_SIGNAL = 'end';
export interface EndSignal {
  readonly reason: string;
}

/** A second or later attempt begins. The update fences the earlier attempts and returns what they left. */
export const OPEN_ATTEMPT_UPDATE = 'openAttempt';
export interface OpenAttempt {
  readonly call: string;
  readonly attempt: number;
  /** Number of earlier attempts that ended without a crash of their worker. Absent before 0.3. */
  readonly endedWell?: number;
}
export type OpenAttemptResult =
  | {
      readonly open: true;
      /**
       * Absent if large, since it would enlarge the history for each attempt. The attempt then
       * asks for its {@link JOURNAL_QUERY}.
       */
      readonly journal?: Journal;
      /**
       * Epoch milliseconds by the workflow's clock, which the journal's times refer to. Absent before 0.3.
       */
      readonly now?: number;
      /** Start time of the call's current execution, by the same clock. */
      readonly scheduledAt?: number;
      /**
       * Number of attempts in a row that ended by a crash of their worker while no step of the call ended.
       * Absent before 0.3.
       */
      readonly crashes?: number;
      /** Bytes of the messages of all earlier attempts. Absent before 0.3. */
      readonly saidBytes?: number;
    }
  | { readonly open: false };

/** An at-most-once step asks for permission to run; only the first claim is granted. */
export const CLAIM_UPDATE = 'claim';
export interface Claim {
  readonly call: string;
  readonly attempt: number;
  readonly step: string;
  readonly within?: string;
}
export type ClaimResult =
  | { readonly granted: true }
  /** The step was claimed before. */
  | { readonly granted: false; readonly entry: JournalEntry }
  /** The call has ended, or a later attempt has begun: this attempt must stop. */
  | { readonly granted: false; readonly entry?: undefined };

/**
 * A handler writes the session's state. A write that exceeds a limit or comes from an old attempt is refused,
 * and then is not in the history.
 */
export const SET_STATE_UPDATE = 'setState';
export interface SetState {
  readonly call: string;
  readonly attempt: number;
  readonly step: string;
  readonly key: string;
  /** JSON; absent to delete the key. */
  readonly value?: unknown;
  readonly within?: string;
  /**
   * Write only if the key has this value now or, without `is`, if the key is absent. Otherwise the update
   * fails with {@link STATE_CHANGED}.
   */
  readonly expected?: { readonly is?: unknown };
}

/** The failure type of a write that comes from an earlier attempt, or after the call's end. */
export const MOVED_ON = 'MovedOn';

/** The failure type of a write that found another value than expected. */
export const STATE_CHANGED = 'StateChanged';

/**
 * In a cancelled activity's details: the handler has learned of the cancellation and ended, so nothing is
 * left to undo.
 */
export const HANDLER_ENDED = 'handler ended';

/** How long a handler may run after its call was cancelled or timed out, to undo what it did. */
export const LAST_EXECUTION_MS = 30_000;

/** The failure type of a call whose time is up, beside Temporal's own timeout. */
export const OUT_OF_TIME = 'OutOfTime';

export const STATE_QUERY = 'state';

/** The journal of a call, by the call's key. */
export const JOURNAL_QUERY = 'journal';

/** Whether the session's run has room for more messages and answers of its calls. */
export const ROOM_QUERY = 'room';

/**
 * Asks why the activity of a call, given by the call's key, was cancelled. `cancelled`: the call was
 * cancelled. `handOver`: the session's run is full, and the call is to be suspended at its next step, so that
 * it continues in the next run. A call that carries more than `maximumBytes` is not suspended, and ends in
 * this run.
 */
export const INTERRUPTION_QUERY = 'interruption';
export type Interruption =
  { readonly kind: 'cancelled' } | { readonly kind: 'handOver'; readonly maximumBytes: number };

/** What can be asked of a session, by a query of that name. */
export interface Answers {
  readonly [STATE_QUERY]: SessionState;
  readonly [JOURNAL_QUERY]: Journal;
  readonly [ROOM_QUERY]: boolean;
  readonly [INTERRUPTION_QUERY]: Interruption;
}

/**
 * The same as the query of that name, for attempts: the update is always refused, and the failure, of the type
 * {@link ANSWER}, has the answer as its detail. (activities/ask.ts)
 */
export const ASK_UPDATE = 'ask';
export interface Ask {
  readonly query: keyof Answers;
  /** The call's key. */
  readonly call?: string;
}
export const ANSWER = 'Answer';
