/** Executions of a call that have not reported their end: what their error tells, and where the call stands. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import type { ExecutionCheckpoint, Heartbeat } from '../../src/wire/call';
import { attemptsSoFar } from '../../src/model/attemptsSoFar';
import type { CallJournal } from '../../src/model/callJournal';
import { HANDLER_ENDED } from '../../src/wire/signals';

/** Whether the handler has learned of the cancellation and ended, or the call was not lost at all. */
export function hasEndedItself(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return !isCancellation(error);
  const { cause } = error;
  if (cause instanceof CancelledFailure) return cause.details.includes(HANDLER_ENDED);
  return !(cause instanceof TimeoutFailure);
}

/** Whether nobody took the activity in time. */
export const wasNotTaken = (error: unknown): error is ActivityFailure =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  error.cause.timeoutType === 'SCHEDULE_TO_START';

/** Whether the attempt threw, and Temporal would have begun another if the activity had not been cancelled. */
export const wouldRunAgain = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.retryState === 'CANCEL_REQUESTED' &&
  error.cause instanceof ApplicationFailure &&
  !error.cause.nonRetryable;

/**
 * What the attempts of an activity have handed on, if the last one has thrown or died. Empty if the only one died
 * before its first heartbeat; `undefined` if an activity is cancelled of which no attempt runs.
 */
export function progressIn(error: unknown): Partial<Heartbeat> | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) return (cause.lastHeartbeatDetails as Heartbeat | undefined) ?? {};
  return cause instanceof ApplicationFailure ? (cause.details?.[0] as Heartbeat | undefined) : undefined;
}

/** The checkpoint of an execution whose last attempt did not report its end. */
export function checkpointWithoutEnd(
  { attempt: attempts, endedWell }: CallJournal,
  restMs: number,
  { thrown = 0, said = { times: {} } }: Partial<ExecutionCheckpoint> = {},
): ExecutionCheckpoint {
  return { attempts, endedWell, thrown, timeLeftMs: Math.max(restMs, 1), said };
}

/** The same for a call that is handed over. */
export function checkpointOfHandOver(
  journal: CallJournal,
  restMs: number,
  previous?: ExecutionCheckpoint,
  progress?: Partial<Heartbeat>,
): ExecutionCheckpoint {
  const { thrown, lastThrown, endedWell, pausedMs } = attemptsSoFar(previous, progress);
  const leg = checkpointWithoutEnd(journal, restMs + pausedMs, previous);
  return { ...leg, thrown, lastThrown, endedWell: progress ? endedWell : leg.endedWell };
}

/**
 * The checkpoint of an attempt that has ended with its worker: the first, or a later one, of which the last
 * heartbeat tells.
 */
export function checkpointOfCrash(
  { attempt }: CallJournal,
  restMs: number,
  { thrown = 0, lastThrown, endedWell = 0, pausedMs = 0 }: Partial<Heartbeat> = {},
): ExecutionCheckpoint {
  const timeLeftMs = Math.max(restMs + pausedMs, 1);
  const attempts = Math.max(attempt, 1 + endedWell);
  return { attempts, thrown, lastThrown, endedWell, timeLeftMs, said: { times: {} } };
}
