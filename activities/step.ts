/** One durable operation of an attempt: a step that runs author's code, a question, a sleep, or a write of state. */
import type { StepError, StepKind, StepOutcome } from '../src/wire/call';

export interface Step {
  readonly name: string;
  readonly kind: StepKind;
  readonly within: string | undefined;
}

/** What the handler has come to: for `callTool`, which compares the runs of a handler. */
export interface StepTaken {
  readonly kind: StepKind;
  readonly name: string;
  /** What the author says of it: a question's parameters. */
  readonly content?: unknown;
}

export const isError = (outcome: StepOutcome | undefined): outcome is { readonly error: StepError } =>
  outcome !== undefined && 'error' in outcome;
