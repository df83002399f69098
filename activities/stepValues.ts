/** What the steps of one call may hold in its journal, and how it gets there: as JSON, at the first attempt as at every later one. */
import { bytesOf, jsonBytes } from '../src/wire/bytes';
import type { Journal, StepError } from '../src/wire/call';
import { StepMisuse } from '../src/api/errors';
import { whyNotStorable } from './storable';
import { errorOf } from './thrown';

/** A later attempt gets the whole journal in one payload, of at most 2 MiB; the rest is for the client's answers. */
const MAXIMUM_JOURNAL_BYTES = 1_500_000;
/** Of a step in the journal, beside its name and its value. */
const ENTRY_BYTES = 64;
const LONGEST_ERROR = 10_000;

export class StepValues {
  /** Of names and values. */
  bytes = 0;

  open(journal: Journal): void {
    this.bytes = bytesOfSteps(journal);
  }

  /** The value as every later attempt will see it, so that a difference shows at the first run. */
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

  /** What a step threw, which must be recorded: cut to a part of the room that is left, so that some is left for later steps. */
  asError(thrown: unknown): StepError {
    const error = errorOf(thrown);
    const room = Math.max(MAXIMUM_JOURNAL_BYTES - this.bytes, 0);
    const cut = error.message.slice(0, Math.min(LONGEST_ERROR, room / 100));
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

/** As the attempts have counted that took them: one that died must not leave less room to the next. */
function bytesOfSteps(journal: Journal): number {
  let bytes = 0;
  for (const [step, { kind, outcome = {} }] of Object.entries(journal)) {
    if (kind !== 'atLeastOnce' && kind !== 'atMostOnce') continue;
    bytes += bytesOfEntry(step, 'value' in outcome ? jsonBytes(outcome.value) : 0);
  }
  return bytes;
}

const bytesOfEntry = (step: string, bytes: number): number => bytesOf(step) + ENTRY_BYTES + bytes;

/** Names can be long; an error's text is for people. */
export const shown = (step: string): string => (step.length > 200 ? `${step.slice(0, 200)}…` : step);
