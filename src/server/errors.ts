/**
 * The errors that authors throw and catch. `instanceof` goes by the name: an app may have its own copy of this package, and what
 * the worker throws must be caught there all the same.
 */
const named = (name: string) => (value: unknown) => value instanceof Error && value.name === name;

/** Thrown by a handler: the call ends at once with this message as its `isError` result, and is never retried. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  static override [Symbol.hasInstance] = named('ToolError');
}

/**
 * An `atMostOnce` step was begun by an attempt that did not live to record its end: whether its effect happened is unknown.
 * It is thrown at this and every later evaluation of the step. Catch it to compensate, or to ask a person.
 */
export class AtMostOnceFailedBeforeCompleting extends Error {
  override readonly name = 'AtMostOnceFailedBeforeCompleting';
  static override [Symbol.hasInstance] = named('AtMostOnceFailedBeforeCompleting');
  constructor(readonly step: string) {
    super(
      `The step "${step}" began and its end was never recorded: whether it took effect is unknown, and it will not run again.`,
    );
  }
}

/** A recorded `atMostOnce` step had thrown; this is what it threw, by name and message. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  static override [Symbol.hasInstance] = named('StepFailed');
  constructor(
    readonly step: string,
    readonly originalName: string,
    message: string,
  ) {
    super(message);
  }
}

/** The steps in the code are not the steps that an earlier attempt recorded, or break the rules of steps. Never retried. */
export class StepMisuse extends Error {
  override readonly name = 'StepMisuse';
  static override [Symbol.hasInstance] = named('StepMisuse');
}

/** Something is larger than the product keeps; the message says what and how much. Never retried. */
export class LimitExceeded extends Error {
  override readonly name = 'LimitExceeded';
  static override [Symbol.hasInstance] = named('LimitExceeded');
}

const FINAL = ['McpError', 'ToolError', 'StepMisuse', 'LimitExceeded'];

/** Whether retrying cannot cure it: the author or the protocol said so. */
export const isFinal = (error: unknown): boolean => error instanceof Error && FINAL.includes(error.name);
