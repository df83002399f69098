/** The contract of `ctx`, the second argument of a durable tool's handler. */
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type {
  CreateMessageRequestParamsBase,
  CreateMessageResult,
  ElicitRequestFormParams,
  ElicitRequestURLParams,
  ElicitResult,
  LoggingLevel,
  Root,
  ServerNotification,
  ServerRequest,
} from '../protocol/mcp';
import type { SessionInfo } from '../protocol/session';

/** What a step's function is given. */
export interface StepContext {
  /** The same at every attempt of this step and different for every other one: hand it to a payment provider or a unique column. */
  readonly idempotencyKey: string;
  /** Aborts when the client cancels the call, or when this attempt has been given up. */
  readonly signal: AbortSignal;
}

export interface StepOptions {
  /** Tells apart the rounds of a loop: the same name may be used once for each key. */
  key?: string | number;
}

/** The steps of a call. Values are kept as JSON: what a step returns is what `JSON.parse(JSON.stringify(value))` makes of it. */
export interface DurableSteps {
  /**
   * Runs `fn` and records its value durably before it returns; once recorded, later attempts get the value and `fn` does not run.
   * A crash inside `fn` runs it again: make it idempotent, `idempotencyKey` helps. What `fn` throws is not recorded.
   *
   * @throws StepMisuse if the name was used before in this call, or stands for another kind of step in the journal.
   */
  atLeastOnce<T>(name: string, fn: (step: StepContext) => T | Promise<T>, options?: StepOptions): Promise<T>;

  /**
   * Claims the step durably, runs `fn`, and records its value or what it threw. No second run, ever, by any attempt.
   *
   * @throws AtMostOnceFailedBeforeCompleting if an earlier attempt claimed it and did not live to record its end.
   * @throws StepFailed if an earlier attempt recorded that `fn` threw.
   * @throws StepMisuse as for `atLeastOnce`.
   */
  atMostOnce<T>(name: string, fn: (step: StepContext) => T | Promise<T>, options?: StepOptions): Promise<T>;
}

/**
 * Waiting without holding a worker: an at-least-once call that has only waited for 30 s is suspended, and its handler runs again from
 * its beginning when there is an answer or its time has come; recorded steps then return their values. Time spent waiting does not
 * count against the tool's `timeout`, except where an at-most-once call, which cannot be suspended, sleeps.
 */
export interface DurableWaits {
  /**
   * Asks the person at the client (specification 2025-11-25, elicitation): with a form, or with a URL to open. The same question is
   * put once, however often the handler runs, and an answer counts whenever and at whichever node it comes.
   *
   * @throws McpError if the client cannot be asked, answers with an error, or answers what does not fit `requestedSchema`.
   */
  elicit(
    name: string,
    params: ElicitRequestFormParams | ElicitRequestURLParams,
    options?: StepOptions,
  ): Promise<ElicitResult>;
  /** Asks the client's model (specification 2025-11-25, sampling). @throws McpError as for `elicit`. */
  sample(
    name: string,
    params: CreateMessageRequestParamsBase,
    options?: StepOptions,
  ): Promise<CreateMessageResult>;
  /** Asks for the client's roots (specification 2025-11-25, roots). @throws McpError as for `elicit`. */
  roots(name: string, options?: StepOptions): Promise<Root[]>;
  /** Goes on after `duration`, milliseconds or a text such as `'1h'`, counted from when the call first came here. */
  sleep(name: string, duration: number | string, options?: StepOptions): Promise<void>;
}

/**
 * What a session keeps between its calls: JSON values under keys of at most 256 characters, 64,000 characters of JSON in all. It ends
 * with the session. `SessionInfo.state` gives the app all of it.
 */
export interface SessionStateStore {
  /** The newest value. Two attempts of a call may see different ones: where that matters, read inside of a step. */
  get<T = unknown>(key: string): Promise<T | undefined>;
  /** Durable when it resolves, and done once however often the handler runs. @throws LimitExceeded */
  set(key: string, value: unknown): Promise<void>;
  /** As `set`. */
  delete(key: string): Promise<void>;
}

/** The SDK's `RequestHandlerExtra` and the durable parts. */
export interface DurableContext
  extends RequestHandlerExtra<ServerRequest, ServerNotification>, DurableSteps, DurableWaits {
  /** The session that the call belongs to. */
  readonly session: SessionInfo;
  readonly state: SessionStateStore;
  /** 1 for the first attempt of this call. A crash, a thrown error, and going on after a suspension each begin the next. */
  readonly attempt: number;
  /** Sends `notifications/progress` if the client asked for it. `progress` must grow from one to the next. */
  progress(progress: number, total?: number, message?: string): Promise<void>;
  /** Sends `notifications/message` if the session's log level lets it through. */
  log(level: LoggingLevel, data: unknown, logger?: string): Promise<void>;
}
