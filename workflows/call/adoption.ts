/**
 * Where an attempt is that began inline and runs on: first it is looked for at the worker that has the workflow
 * task, to which Temporal gives the activity at once; then at the worker that said that it has it.
 */
import type { Inline } from './inline';

export interface Adoption {
  /** The task queue; `undefined`: that of the session. */
  readonly at: string | undefined;
  /** Where to look next; `undefined`: nowhere. */
  readonly then: string | undefined;
}

/** `undefined` if no attempt runs. */
export function adoptionOf(begun: Inline): Adoption | undefined {
  if (begun.kind === 'promoted') return { at: undefined, then: begun.worker };
  return begun.kind === 'lost' ? { at: undefined, then: undefined } : undefined;
}

/** `undefined` if the attempt is nowhere: its worker has died. */
export const nextPlace = ({ then: at }: Adoption): Adoption | undefined =>
  at === undefined ? undefined : { at, then: undefined };
