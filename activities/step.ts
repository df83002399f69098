/** One durable operation of an attempt: a step that runs author's code, a question, a sleep, or a write of state. */
import type { StepError, StepKind, StepOutcome } from '../src/wire/call';

export interface Step {
  readonly name: string;
  readonly kind: StepKind;
  readonly within: string | undefined;
}

/** A step that the handler has reached, for `callTool`, which compares runs of a handler. */
export interface StepTaken {
  readonly kind: StepKind;
  readonly name: string;
  /** The parameters of a question. */
  readonly content?: unknown;
}

export const isError = (outcome: StepOutcome | undefined): outcome is { readonly error: StepError } =>
  outcome !== undefined && 'error' in outcome;
