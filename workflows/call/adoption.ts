/**
 * Where an attempt is that began inline and runs on: first it is looked for at the worker that has the workflow
 * task, to which Temporal gives the activity at once; then at the worker that said that it has it.
 */
import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { Heartbeat } from '../../src/wire/call';
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

/** Whether nobody took the activity in time. */
export const wasNotTaken = (error: unknown): error is ActivityFailure =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  error.cause.timeoutType === 'SCHEDULE_TO_START';

/** The last heartbeat of an activity that nobody took again after its worker had died. */
export const heartbeatIn = ({ cause }: ActivityFailure): Partial<Heartbeat> =>
  (cause instanceof TimeoutFailure && (cause.lastHeartbeatDetails as Heartbeat | undefined)) || {};
