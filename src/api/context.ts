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

/** The argument of a step's function. */
/** What every step has, whoever runs it. */
export interface RunningStep {
  /**
   * The same at every attempt of this step, and different for every other step: pass it to a payment provider
   * or a unique column.
   */
  readonly idempotencyKey: string;
  /**
   * Aborts when the call is cancelled: by its client, by its timeout, or by the end of its session. A
   * suspension or a retry does not abort it.
   */
  readonly signal: AbortSignal;
}

/** What a step's function is given. */
export interface StepContext extends RunningStep {
  /**
   * An access token for another service, in the caller's name, by the `downstreamToken` of the server's options. Use it inside of the step:
   * a step that returns or throws it is refused.
   *
   * @throws StepMisuse if the server has no such callback, or nobody is signed in.
   */
  downstreamToken(audience: string, scopes?: readonly string[]): Promise<string>;
}

export interface StepOptions {
  /** Distinguishes the rounds of a loop: within one name, each key may be used once. */
  key?: string | number;
}

/**
 * The steps of a call. Values and errors are recorded as JSON, and every attempt, the first included, gets
 * the recorded form: a step returns `JSON.parse(JSON.stringify(value))` for the value that `fn` returns, and
 * throws a `StepFailed` with the name and the message of the error that `fn` throws. A handler may run again
 * over its steps at any time: docs/rules-for-handlers.md.
 */
export interface DurableSteps {
  /**
   * Runs `fn` and records its value durably before returning it. Later attempts get the recorded value, and
   * `fn` does not run. A crash inside `fn` runs it again: make it idempotent, with the help of
   * `idempotencyKey`. An error of `fn` is recorded once the handler has caught it and continues with another
   * operation of `ctx`. An error that ends the attempt is not recorded, and the next attempt runs the step
   * again.
   *
   * @throws StepFailed if `fn` threw: `cause` has the `name`, `message` and `code` of the original error.
   * @throws StepMisuse if this call has used the name before, or has another kind of step of that name in its
   * journal.
   * @throws CallCancelled if the call was cancelled before the step began.
   */
  atLeastOnce<T>(
    name: string,
    fn: (step: StepContext) => T | Promise<T>,
    options?: StepOptions,
  ): Promise<Jsonify<T>>;

  /**
   * Claims the step durably, runs `fn`, and records its value or its error. No attempt ever runs the step a
   * second time.
   *
   * @throws StepOutcomeUnknown if an earlier attempt claimed the step and ended before it recorded the
   * outcome.
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
  /**
   * After this time the question is withdrawn from the client. Milliseconds or a text such as `'10m'`.
   * Default: never.
   */
  timeout?: number | string;
}

/**
 * Waits that do not occupy a worker. An at-least-once call that has only waited for 30 s is suspended. When
 * the answer arrives or the time has come, its handler runs again from the beginning, and recorded steps
 * return their values. Waiting time does not count against the tool's `timeout`, except for sleeps of an
 * at-most-once call, which cannot be suspended.
 *
 * The worker's log warns of waits that do occupy the worker: at a tool's first question in a call that is
 * at-most-once by default, and when a waiting call carries more than 64,000 bytes (its request, the values of
 * its steps, its answers), which cannot be suspended.
 *
 * Waits may be raced; the first winner wins at every later attempt too. A wait that the handler no longer
 * awaits (the loser of a race) does not count as waiting. If an attempt ends during a wait, the wait throws
 * `AttemptEnded`, so that `finally` runs.
 */
export interface DurableWaits {
  /**
   * Asks the person at the client (specification 2025-11-25, elicitation): with a form, or, from SDK 1.23 on,
   * with a URL to open. The question is put once, however often the handler runs, and its answer counts
   * whenever and at whichever node it arrives.
   *
   * @throws McpError if the client cannot be asked, answers with an error, answers with content that does not
   * fit `requestedSchema`, or does not answer within `timeout` (code -32001).
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
   * Resolves after `duration`, milliseconds or a text such as `'1h'`, counted from the first time that the
   * call reached this sleep.
   * @throws CallCancelled if the call is cancelled meanwhile.
   */
  sleep(name: string, duration: number | string, options?: StepOptions): Promise<void>;
}

/**
 * The state of a session, kept between its calls: JSON values under keys of at most 256 characters, 64,000
 * characters of JSON in all. The state ends with the session. `SessionInfo.state` gives the app the whole
 * state as of the start of the call.
 *
 * A write takes effect once, however often the handler runs. If a retried handler writes another value than
 * its last attempt did, its writes to that key take effect from there on.
 */
export interface SessionStateStore {
  /**
   * The value as of the start of the call, or as this call has written it since; the same at every attempt.
   * To see what other calls write meanwhile, read inside a step, whose value is recorded, or use
   * {@link update}.
   */
  get<T = unknown>(key: string): Promise<Jsonify<T> | undefined>;
  /**
   * Durable when it resolves. Overwrites the writes of other calls: use `update` if the new value depends on
   * the old one.
   * @throws LimitExceeded
   */
  set(key: string, value: unknown): Promise<void>;
  /** Deletes the key, with the guarantees of `set`. */
  delete(key: string): Promise<void>;
  /**
   * Compare-and-set: writes the result of `change` for the newest value, if no other call has written the key
   * meanwhile; otherwise tries again. `change` may run several times and must have no effects; `undefined`
   * deletes the key. Resolves with the written value.
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

/** The SDK's `RequestHandlerExtra` with the durable operations. */
export interface DurableContext
  extends RequestHandlerExtra<ServerRequest, ServerNotification>, DurableSteps, DurableWaits {
  /** The session that the call belongs to. */
  readonly session: SessionInfo;
  /** The caller; `undefined` where the node has no authorization. */
  readonly auth?: CallerAuth;
  readonly state: SessionStateStore;
  /**
   * 1 for the first attempt of this call. A crash, a thrown error and the end of a suspension each begin the
   * next attempt.
   */
  readonly attempt: number;
  /**
   * Sends `notifications/progress` if the client asked for it. `progress` must increase from one to the next.
   */
  progress(progress: number, total?: number, message?: string): Promise<void>;
  /** Sends `notifications/message` if the session's log level permits it. */
  log(level: LoggingLevel, data: unknown, logger?: string): Promise<void>;
}
