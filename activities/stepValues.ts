/**
 * The values of a call's steps as its journal holds them: JSON, at the first attempt as at every later one, up
 * to a total size.
 */
import { bytesOf, jsonBytes } from '../src/wire/bytes';
import type { Journal, StepError } from '../src/wire/call';
import { StepMisuse } from '../src/api/errors';
import { whyNotStorable } from './storable';
import { errorOf } from './thrown';

/** A later attempt reads the whole journal in one payload, of at most 2 MiB; the rest is for the client's answers. */
const MAXIMUM_JOURNAL_BYTES = 1_500_000;
/** Overhead of a step in the journal, beside its name and its value. */
const ENTRY_BYTES = 64;
const LONGEST_ERROR = 10_000;

export class StepValues {
  /** Bytes of names and values so far. */
  bytes = 0;

  open(journal: Journal): void {
    this.bytes = bytesOfSteps(journal);
  }

  /** The value as every later attempt will get it, so that a difference shows at the first run. */
  asJson(step: string, value: unknown): { value?: unknown } {
    if (value === undefined) {
      this.count(step, 0);
      return {};
    }
    const problem = whyNotStorable(value);
    if (problem)
      throw new StepMisuse(`The value of the step "${shown(step)}" cannot be recorded: ${problem}.`);
    const json = JSON.stringify(value) ?? 'null';
    this.count(step, bytesOf(json));
    return { value: JSON.parse(json) as unknown };
  }

  /**
   * The error of a step, which must be recorded: its message is cut to a hundredth of the remaining bytes, so
   * that later steps have some left.
   */
  asError(thrown: unknown): StepError {
    const error = errorOf(thrown);
    const budget = Math.max(MAXIMUM_JOURNAL_BYTES - this.bytes, 0);
    const cut = error.message.slice(0, Math.min(LONGEST_ERROR, budget / 100));
    this.bytes += jsonBytes(cut);
    return { ...error, message: cut };
  }

  count(step: string, bytes: number): void {
    const all = this.bytes + bytesOfEntry(step, bytes);
    if (all <= MAXIMUM_JOURNAL_BYTES) {
      this.bytes = all;
      return;
    }
    throw new StepMisuse(
      `The steps of this call have more than ${MAXIMUM_JOURNAL_BYTES} bytes of values with "${shown(step)}"; record references instead.`,
    );
  }
}

/** Counts as the earlier attempts did: an attempt that died must not reduce the budget of the next. */
function bytesOfSteps(journal: Journal): number {
  let bytes = 0;
  for (const [step, { kind, outcome = {} }] of Object.entries(journal)) {
    if (kind !== 'atLeastOnce' && kind !== 'atMostOnce') continue;
    bytes += bytesOfEntry(step, 'value' in outcome ? jsonBytes(outcome.value) : 0);
  }
  return bytes;
}

const bytesOfEntry = (step: string, bytes: number): number => bytesOf(step) + ENTRY_BYTES + bytes;

/** Shortens a long name for an error's text. */
export const shown = (step: string): string => (step.length > 200 ? `${step.slice(0, 200)}…` : step);
