/**
 * The errors that authors throw and catch. `instanceof` compares names: an app may have its own copy of this
 * package, and must still be able to catch errors that the worker throws.
 */
import type { StepError } from '../wire/call';

const named = (name: string) => (value: unknown) => value instanceof Error && value.name === name;

/**
 * Thrown by a handler: the call ends at once with this message as its `isError` result, and is never retried.
 */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  static override [Symbol.hasInstance] = named('ToolError');
}

/**
 * An earlier attempt began an `atMostOnce` step and ended before it recorded the outcome: whether the step
 * took effect is unknown. Thrown at this and every later evaluation of the step. Catch it to compensate, or
 * to ask a person.
 *
 * The `name` is the former name of the class, which histories have recorded.
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
 * A step threw. Every attempt, the first included, gets the same error, with only what JSON keeps: `message`
 * is the original message, and `cause` an `Error` with the original `name`, `message` and, if it has one,
 * `code`. Branch on `error.cause.name`.
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

  /** The name of the error that the step threw. */
  get originalName(): string {
    return this.cause.name;
  }
}

/**
 * The call is cancelled: by its client, because its time is up, or because its session has ended. Thrown
 * once, by the wait that the handler is in or by the next operation of `ctx`. After that, operations work
 * again for half a minute: undo in `catch` what must not stay.
 */
export class CallCancelled extends Error {
  override readonly name = 'CallCancelled';
  static override [Symbol.hasInstance] = named('CallCancelled');
}

/**
 * This attempt has ended: its call is suspended, is retried, or continues elsewhere. Thrown by every wait of
 * the attempt, so that `finally` releases the handler's resources. The result or error of a `catch` is
 * ignored.
 */
export class AttemptEnded extends Error {
  override readonly name = 'AttemptEnded';
  static override [Symbol.hasInstance] = named('AttemptEnded');
  constructor() {
    super('This attempt of the call is over; what its handler does from now on counts no more.');
  }
}

/**
 * The steps of the code differ from those that an earlier attempt recorded, or break the rules of steps.
 * Never retried.
 */
export class StepMisuse extends Error {
  override readonly name = 'StepMisuse';
  static override [Symbol.hasInstance] = named('StepMisuse');
}

/** A limit was exceeded; the message says which, and by how much. Never retried. */
export class LimitExceeded extends Error {
  override readonly name = 'LimitExceeded';
  static override [Symbol.hasInstance] = named('LimitExceeded');
}

/** `ProtocolError` and `SdkError` replace `McpError` in SDK 2.x. */
const FINAL = ['McpError', 'ProtocolError', 'SdkError', 'ToolError', 'StepMisuse', 'LimitExceeded'];

/** Whether a retry is pointless: the author or the protocol made this error final. */
export const isFinal = (error: unknown): boolean =>
  error instanceof Error &&
  (FINAL.includes(error.name) || (error instanceof StepFailed && isFinal(error.cause)));

/** Turns an error of the journal, which is JSON, into the error that the handler gets. */
export function rebuilt(step: string, error: StepError): Error {
  if (error.because === 'cancelled') return new CallCancelled(error.message);
  if (error.because === 'unknown') return new StepOutcomeUnknown(step);
  if (error.name === 'StepMisuse') return new StepMisuse(error.message);
  if (error.name === 'LimitExceeded') return new LimitExceeded(error.message);
  return new StepFailed(step, error);
}

/** Whether `thrown` is the error of the step, has it as a cause, or has the same message. */
export function isCausedBy(
  thrown: unknown,
  step: string,
  message: string,
  seen = new Set<unknown>(), // causes can be cyclic
): boolean {
  if (!(thrown instanceof Error) || seen.has(thrown)) return false;
  seen.add(thrown);
  if (thrown instanceof StepFailed && thrown.step === step) return true;
  if (thrown.message === message) return true;
  const errors: unknown[] = thrown instanceof AggregateError ? thrown.errors : [];
  return [thrown.cause, ...errors].some((cause) => isCausedBy(cause, step, message, seen));
}
