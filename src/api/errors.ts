/**
 * The errors that authors throw and catch. `instanceof` goes by the name: an app may have its own copy of this package, and what
 * the worker throws must be caught there all the same.
 */
import type { StepError } from '../wire/call';

const named = (name: string) => (value: unknown) => value instanceof Error && value.name === name;

/** Thrown by a handler: the call ends at once with this message as its `isError` result, and is never retried. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  static override [Symbol.hasInstance] = named('ToolError');
}

/**
 * An `atMostOnce` step was begun by an attempt that did not live to record its end: whether its effect happened is unknown.
 * It is thrown at this and every later evaluation of the step. Catch it to compensate, or to ask a person.
 *
 * Its `name` is the one that histories have recorded.
 */
export class StepOutcomeUnknown extends Error {
  override readonly name = 'AtMostOnceFailedBeforeCompleting';
  static override [Symbol.hasInstance] = named('AtMostOnceFailedBeforeCompleting');
  constructor(readonly step: string) {
    super(
      `The step "${step}" began and its end was never recorded: whether it took effect is unknown, and it will not run again.`,
    );
  }
}

/** @deprecated The former name of {@link StepOutcomeUnknown}. */
export const AtMostOnceFailedBeforeCompleting = StepOutcomeUnknown;
/** @deprecated The former name of {@link StepOutcomeUnknown}. */
export type AtMostOnceFailedBeforeCompleting = StepOutcomeUnknown;

/**
 * A step threw. The same error at the first attempt and at every later one, which have only what JSON keeps of it: `message` is the original
 * message, and `cause` an `Error` with the original `name`, `message` and, if it has one, `code`. Branch on `error.cause.name`.
 */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  static override [Symbol.hasInstance] = named('StepFailed');
  declare readonly cause: Error & { readonly code?: string | number };
  constructor(
    readonly step: string,
    { name, message, code }: Pick<StepError, 'name' | 'message' | 'code'>,
  ) {
    const cause = Object.assign(new Error(message), code === undefined ? { name } : { name, code });
    super(message, { cause });
  }

  /** The name of what the step threw. */
  get originalName(): string {
    return this.cause.name;
  }
}

/**
 * The call is cancelled: by its client, because its time is up, or because its session has ended. Thrown once, by what the handler waits
 * for or by the next operation of `ctx`; after that operations work again, for half a minute: undo in `catch` what must not stay.
 */
export class CallCancelled extends Error {
  override readonly name = 'CallCancelled';
  static override [Symbol.hasInstance] = named('CallCancelled');
}

/**
 * This attempt is over: its call waits without holding a worker, is tried again, or goes on elsewhere. It is thrown by whatever the
 * attempt still waits for, so that `finally` releases what the handler holds; what a `catch` returns or throws is not looked at.
 */
export class AttemptEnded extends Error {
  override readonly name = 'AttemptEnded';
  static override [Symbol.hasInstance] = named('AttemptEnded');
  constructor() {
    super('This attempt of the call is over; what its handler does from now on counts no more.');
  }
}

/** The steps in the code are not the steps that an earlier attempt recorded, or break the rules of steps. Never retried. */
export class StepMisuse extends Error {
  override readonly name = 'StepMisuse';
  static override [Symbol.hasInstance] = named('StepMisuse');
}

/** A limit was exceeded; the message says which, and by how much. Never retried. */
export class LimitExceeded extends Error {
  override readonly name = 'LimitExceeded';
  static override [Symbol.hasInstance] = named('LimitExceeded');
}

/** ProtocolError and SdkError are what McpError is in SDK 2.x. */
const FINAL = ['McpError', 'ProtocolError', 'SdkError', 'ToolError', 'StepMisuse', 'LimitExceeded'];

/** Whether retrying cannot cure it: the author or the protocol said so. */
export const isFinal = (error: unknown): boolean =>
  error instanceof Error &&
  (FINAL.includes(error.name) || (error instanceof StepFailed && isFinal(error.cause)));

/** From the journal's JSON to what the step's code is thrown. */
export function rebuilt(step: string, error: StepError): Error {
  if (error.because === 'cancelled') return new CallCancelled(error.message);
  if (error.because === 'unknown') return new StepOutcomeUnknown(step);
  if (error.name === 'StepMisuse') return new StepMisuse(error.message);
  if (error.name === 'LimitExceeded') return new LimitExceeded(error.message);
  return new StepFailed(step, error);
}

/** Whether `thrown` is what the step threw, has it among its causes, or says the same. */
export function isCausedBy(
  thrown: unknown,
  step: string,
  message: string,
  seen = new Set<unknown>(), // causes can go round
): boolean {
  if (!(thrown instanceof Error) || seen.has(thrown)) return false;
  seen.add(thrown);
  if (thrown instanceof StepFailed && thrown.step === step) return true;
  if (thrown.message === message) return true;
  const errors: unknown[] = thrown instanceof AggregateError ? thrown.errors : [];
  return [thrown.cause, ...errors].some((cause) => isCausedBy(cause, step, message, seen));
}
