/**
 * Every message that a session's workflow takes, by name and shape. The names stand in every history, so they never change.
 * A signal is durable when its RPC returns; an update answers, and costs twice as much.
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
import type { MessageFingerprint } from './snapshots';

/** A request of the client that runs as a call. */
export const REQUEST_SIGNAL = 'request';
export interface RequestSignal extends CallRequest {
  /** Names one POST: the node that took it finds its own signal in the log by it. */
  readonly postId: string;
  /** A hash of the message: the same id with another digest is another request, and refused. */
  readonly digest: string;
}

/**
 * The same payload as an update, for a short call: one commit instead of three, since Temporal writes nothing of it before the workflow
 * task that answers it has ended. Refused, and then not in the history, where the session cannot start it now; then it comes as the signal.
 */
export const SHORT_REQUEST_UPDATE = 'shortRequest';

/** A notification or a response of the client. */
export const CLIENT_MESSAGE_SIGNAL = 'clientMessage';
export interface ClientMessageSignal {
  readonly message: JSONRPCNotification | JSONRPCResponse;
}

/** The client chose a log level (`logging/setLevel`). */
export const LOG_LEVEL_SIGNAL = 'logLevel';
export interface LogLevelSignal {
  readonly level: LoggingLevel;
  /** What was asked and answered, for those who read the log; sessions of version 0.1 lack it. */
  readonly request?: JSONRPCRequest;
  readonly response?: JSONRPCResponse;
}

/** A GET listens to the session's own messages on a stream, new or gone on with. The newest listener is told. */
export const LISTEN_SIGNAL = 'listen';
/** The client closed that GET. */
export const LEAVE_SIGNAL = 'leave';
export interface ListenSignal {
  readonly stream: StreamId;
  /** Names one GET, as `postId` names a POST. */
  readonly getId: string;
  /** Where the GET's node is to be woken when there is something to read: it does not follow the log. Absent where it does. */
  readonly wakeAt?: string;
}

/** A GET goes on with a call's stream, at a node that is to be woken when there is something to read. */
export const AWAIT_SIGNAL = 'await';
export interface AwaitSignal {
  readonly call: string;
  readonly wakeAt: string;
}

/** The client uses the session in a way that leaves no other mark: it pings, lists, holds a stream open. No payload. */
export const KEEPALIVE_SIGNAL = 'heard';

/** The client subscribes to a resource, or does so no longer. */
export const SUBSCRIPTION_SIGNAL = 'subscription';
export interface SubscriptionSignal {
  readonly uri: string;
  readonly subscribed: boolean;
  /** What was asked, and the answer unless it is refused, for those who read the log. */
  readonly request: JSONRPCRequest;
  readonly response: JSONRPCResponse;
  /** Names one POST, as for requests. */
  readonly postId: string;
}

/** For the client, from outside its calls. The same `id` is told once. */
export const NOTIFY_SIGNAL = 'notify';
export interface NotifySignal {
  readonly id: string;
  readonly message: JSONRPCNotification;
}

/** What a call says while it runs, in order. */
export const EMIT_SIGNAL = 'emit';
export interface EmitSignal {
  readonly call: string;
  readonly attempt: number;
  readonly emits: Emit[];
}
export type Emit =
  /** For the client, on the call's own stream or on the session's. */
  | {
      readonly to: 'call' | 'session';
      readonly message: JSONRPCMessage;
      /** Tells what is said again from what is new, see src/model/messageDeduplicator.ts. */
      readonly mark: MessageFingerprint;
      /** The journal's name of the request to the client that this is, or cancels. */
      readonly step?: string;
      readonly within?: string;
      /** Of a request to the client: milliseconds after which it is given up. */
      readonly timeoutMs?: number;
    }
  /** Closes the connection, not the stream: the client polls. */
  | { readonly to: 'connection'; readonly mark: MessageFingerprint };

/** A step has ended; a sleep has begun, or ended. */
export const RECORD_SIGNAL = 'record';
export interface RecordSignal {
  readonly call: string;
  readonly attempt: number;
  readonly step: string;
  readonly kind: StepKind;
  readonly outcome: StepOutcome;
  readonly within?: string;
  /** A sleep begins, and ends after so many milliseconds of the workflow's clock; `outcome` is for workflows from before 0.3. */
  readonly sleepMs?: number;
  /** The failure has ended its attempt, so that the next one runs the step again: it is taken out of the journal. */
  readonly forget?: true;
}

/** Records of several calls of the session, in the order in which they are to be taken. Only where {@link CallInput.handsOver}. */
export const RECORDS_SIGNAL = 'records';
export interface RecordsSignal {
  readonly records: readonly RecordSignal[];
}

/** The session is over: from this event on, not from when the workflow has closed. */
export const END_SIGNAL = 'end';
export interface EndSignal {
  readonly reason: string;
}

/** A second or later attempt begins: earlier attempts are fenced, and the answer is what they left. */
export const OPEN_ATTEMPT_UPDATE = 'openAttempt';
export interface OpenAttempt {
  readonly call: string;
  readonly attempt: number;
  /** How many of the attempts before have ended without their worker dying. Absent before 0.3. */
  readonly endedWell?: number;
}
export type OpenAttemptResult =
  | {
      readonly open: true;
      /** Absent where it is large: each attempt's would weigh in the history. It is then asked for by {@link JOURNAL_QUERY}. */
      readonly journal?: Journal;
      /** Epoch milliseconds by the workflow's clock, to which the journal's times refer. Absent before 0.3. */
      readonly now?: number;
      /** When the call's present execution was scheduled, by the same clock. */
      readonly scheduledAt?: number;
      /** Attempts in a row that ended with their worker, without a step of the call ending meanwhile. Absent before 0.3. */
      readonly crashes?: number;
      /** By all attempts before. Absent before 0.3. */
      readonly saidBytes?: number;
    }
  | { readonly open: false };

/** An at-most-once step asks to run. The first to ask may. */
export const CLAIM_UPDATE = 'claim';
export interface Claim {
  readonly call: string;
  readonly attempt: number;
  readonly step: string;
  readonly within?: string;
}
export type ClaimResult =
  | { readonly granted: true }
  /** Somebody claimed it before. */
  | { readonly granted: false; readonly entry: JournalEntry }
  /** The call has ended, or a later attempt has begun: this one must stop. */
  | { readonly granted: false; readonly entry?: undefined };

/** A handler keeps something for its session. Refused, and then not in the history, if it is over the limits or of an old attempt. */
export const SET_STATE_UPDATE = 'setState';
export interface SetState {
  readonly call: string;
  readonly attempt: number;
  readonly step: string;
  readonly key: string;
  /** JSON; absent to delete the key. */
  readonly value?: unknown;
  readonly within?: string;
  /** Written only if the key has this value now; without `is`, only if the key is absent. Else refused with {@link STATE_CHANGED}. */
  readonly expected?: { readonly is?: unknown };
}

/** The type of the failure of a write that comes from an earlier attempt, or after the call's end. */
export const MOVED_ON = 'MovedOn';

/** The type of the failure of a write that found another value than it expected. */
export const STATE_CHANGED = 'StateChanged';

/** In the details of a cancelled activity: its handler was told, and nothing of it is left to be undone. */
export const HANDLER_ENDED = 'handler ended';

/** How long a handler may go on after its call was cancelled, or its time was up: to undo what it did. */
export const LAST_EXECUTION_MS = 30_000;

/** The type of the failure that ends a call when its time is up, beside Temporal's own timeout. */
export const OUT_OF_TIME = 'OutOfTime';

export const STATE_QUERY = 'state';

/** The journal of a call, by its key. */
export const JOURNAL_QUERY = 'journal';

/** Whether the session's run takes more of what its calls say and answer. */
export const ROOM_QUERY = 'room';

/**
 * Why the activity of a call, by its key, was cancelled: the call was, or the session's run is full, and the call is to be suspended at its
 * next step, if it has no more than so many bytes to go on with.
 */
export const INTERRUPTION_QUERY = 'interruption';
export type Interruption =
  { readonly kind: 'cancelled' } | { readonly kind: 'handOver'; readonly maximumBytes: number };
