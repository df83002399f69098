/** The contract of `ctx`, the second argument of a durable tool's handler. */
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { LoggingLevel, ServerNotification, ServerRequest } from '../protocol/mcp';
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

/** The SDK's `RequestHandlerExtra` and the durable parts. */
export interface DurableContext extends RequestHandlerExtra<ServerRequest, ServerNotification>, DurableSteps {
  /** The session that the call belongs to. */
  readonly session: SessionInfo;
  /** 1 for the first attempt of this call. A crash and a thrown error each begin the next. */
  readonly attempt: number;
  /** Sends `notifications/progress` if the client asked for it. `progress` must grow from one to the next. */
  progress(progress: number, total?: number, message?: string): Promise<void>;
  /** Sends `notifications/message` if the session's log level lets it through. */
  log(level: LoggingLevel, data: unknown, logger?: string): Promise<void>;
}
