/** The contract of `ctx`, the second argument of a durable tool's handler. */
import type {
  CreateMessageRequest,
  CreateMessageResult,
  ElicitRequest,
  ElicitResult,
  RequestHandlerExtra,
  Root,
  ServerNotification,
  ServerRequest,
} from '../mcp/sdk/v1';
import type { LoggingLevel } from '../wire/messages';
import type { SessionInfo } from '../wire/sessionInfo';
import type { Jsonify } from './jsonify';

/** What a step's function is given. */
export interface StepContext {
  /** The same at every attempt of this step and different for every other one: hand it to a payment provider or a unique column. */
  readonly idempotencyKey: string;
  /** Aborts when the call is cancelled (by its client, its time or its session's end). Never because the call waits or is tried again. */
  readonly signal: AbortSignal;
}

export interface StepOptions {
  /** Tells apart the rounds of a loop: the same name may be used once for each key. */
  key?: string | number;
}

/**
 * The steps of a call. Values and errors are kept as JSON, at the first attempt as at every later one: a step returns what
 * `JSON.parse(JSON.stringify(value))` makes of what `fn` returns, and throws a `StepFailed` that has the name and the message of what `fn`
 * throws. A handler may run again over its steps at any time: docs/rules-for-handlers.md.
 */
export interface DurableSteps {
  /**
   * Runs `fn` and records its value durably before it returns; once recorded, later attempts get the value and `fn` does not run.
   * A crash inside `fn` runs it again: make it idempotent, `idempotencyKey` helps. What `fn` throws is recorded once the handler has caught
   * it and goes on with another operation of `ctx`; an error that ends the attempt is not, and the next attempt runs the step again.
   *
   * @throws StepFailed if `fn` threw: `cause` has the `name`, `message` and `code` of what it threw.
   * @throws StepMisuse if the name was used before in this call, or stands for another kind of step in the journal.
   * @throws CallCancelled if the call was cancelled before the step began.
   */
  atLeastOnce<T>(
    name: string,
    fn: (step: StepContext) => T | Promise<T>,
    options?: StepOptions,
  ): Promise<Jsonify<T>>;

  /**
   * Claims the step durably, runs `fn`, and records its value or what it threw. No second run, ever, by any attempt.
   *
   * @throws StepOutcomeUnknown if an earlier attempt claimed it and did not live to record its end.
   * @throws StepFailed if `fn` threw, as for `atLeastOnce`.
   * @throws StepMisuse as for `atLeastOnce`.
   * @throws CallCancelled as for `atLeastOnce`.
   */
  atMostOnce<T>(
    name: string,
    fn: (step: StepContext) => T | Promise<T>,
    options?: StepOptions,
  ): Promise<Jsonify<T>>;
}

export interface AskOptions extends StepOptions {
  /** After so long the question is taken back from the client. Milliseconds or a text such as `'10m'`. Default: never. */
  timeout?: number | string;
}

/**
 * Waiting without holding a worker: an at-least-once call that has only waited for 30 s is suspended, and its handler runs again from
 * its beginning when there is an answer or its time has come; recorded steps then return their values. Time spent waiting does not
 * count against the tool's `timeout`, except where an at-most-once call, which cannot be suspended, sleeps.
 *
 * The worker's log warns where waiting holds the worker all the same: at a tool's first question in a call that is at-most-once by default, and
 * when a call that waits carries more than 64,000 bytes (its request, the values of its steps, its answers), which cannot be suspended.
 *
 * What is waited for may be raced; whoever won first wins at every attempt. What nobody waits for any more (the loser of a race) does not
 * count as waiting. Where an attempt ends during a wait, the wait throws `AttemptEnded` into what is left of it, so that `finally` runs.
 */
export interface DurableWaits {
  /**
   * Asks the person at the client (specification 2025-11-25, elicitation): with a form, or, from SDK 1.23 on, with a URL to open. The same question is
   * put once, however often the handler runs, and an answer counts whenever and at whichever node it comes.
   *
   * @throws McpError if the client cannot be asked, answers with an error, answers what does not fit `requestedSchema`, or does not answer
   * within `timeout` (code -32001).
   * @throws CallCancelled if the call is cancelled meanwhile.
   */
  elicit(name: string, params: ElicitRequest['params'], options?: AskOptions): Promise<ElicitResult>;
  /** Asks the client's model (specification 2025-11-25, sampling). @throws as `elicit`. */
  sample(
    name: string,
    params: CreateMessageRequest['params'] & { readonly tools?: never; readonly toolChoice?: never },
    options?: AskOptions,
  ): Promise<CreateMessageResult>;
  /** Asks for the client's roots (specification 2025-11-25, roots). @throws as `elicit`. */
  roots(name: string, options?: AskOptions): Promise<Root[]>;
  /**
   * Goes on after `duration`, milliseconds or a text such as `'1h'`, counted from when the call first came here.
   * @throws CallCancelled if the call is cancelled meanwhile.
   */
  sleep(name: string, duration: number | string, options?: StepOptions): Promise<void>;
}

/**
 * What a session keeps between its calls: JSON values under keys of at most 256 characters, 64,000 characters of JSON in all. It ends
 * with the session. `SessionInfo.state` gives the app all of it, as it was when the call began.
 *
 * The same write is done once, however often the handler runs. A retried handler that writes another value than its last attempt did is
 * heard: its writes to that key are done from there on.
 */
export interface SessionStateStore {
  /**
   * The value as it was when the call began, or as this call has written it since, at every attempt. What other calls write meanwhile is
   * seen inside of a step, whose value is recorded, and by {@link update}.
   */
  get<T = unknown>(key: string): Promise<Jsonify<T> | undefined>;
  /** Durable when it resolves. Overwrites what others wrote: where the new value depends on the old, use `update`. @throws LimitExceeded */
  set(key: string, value: unknown): Promise<void>;
  /** As `set`. */
  delete(key: string): Promise<void>;
  /**
   * Compare and set: writes what `change` makes of the newest value, if no other call has written the key meanwhile; else again. `change`
   * may run several times and must have no effects; `undefined` deletes the key. Resolves with what was written.
   * @throws LimitExceeded
   */
  update<T = unknown>(
    key: string,
    change: (now: Jsonify<T> | undefined) => T | undefined,
  ): Promise<Jsonify<T> | undefined>;
}

/**
 * The caller of the running call, as its credential says (specification 2025-11-25, authorization). The same at every attempt, also when
 * the credential has expired meanwhile. Never the token itself: calls are in Temporal's histories, and tokens must not be.
 */
export interface CallerAuth {
  /** Whoever asks, in one text: issuer and subject. The session belongs to the same principal. */
  readonly principal: string;
  /** The token's `iss`, or `api-key`. */
  readonly issuer?: string;
  /** The token's `sub`; without one, the client's id; the name of an API key. */
  readonly subject: string;
  /** The application that acts for the subject. */
  readonly clientId?: string;
  /** As granted, without those that they imply. */
  readonly scopes: readonly string[];
  /** Epoch milliseconds; absent for a credential that does not expire. */
  readonly expiresAt?: number;
  /** Those claims of the token that the node's `--auth-claim` names. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The SDK's `RequestHandlerExtra` and the durable parts. */
export interface DurableContext
  extends RequestHandlerExtra<ServerRequest, ServerNotification>, DurableSteps, DurableWaits {
  /** The session that the call belongs to. */
  readonly session: SessionInfo;
  /** The caller; `undefined` where the node has no authorization. */
  readonly auth?: CallerAuth;
  readonly state: SessionStateStore;
  /** 1 for the first attempt of this call. A crash, a thrown error, and going on after a suspension each begin the next. */
  readonly attempt: number;
  /** Sends `notifications/progress` if the client asked for it. `progress` must grow from one to the next. */
  progress(progress: number, total?: number, message?: string): Promise<void>;
  /** Sends `notifications/message` if the session's log level lets it through. */
  log(level: LoggingLevel, data: unknown, logger?: string): Promise<void>;
}
