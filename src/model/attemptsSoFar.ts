/**
 * What the attempts of a call have come to: those of earlier executions, by their checkpoint, and those of the present
 * one, by its last heartbeat. The next attempt and the workflow must count alike.
 */
import type { ExecutionCheckpoint, Heartbeat } from '../wire/call';

export interface AttemptsSoFar {
  readonly thrown: number;
  /** The number of the last attempt that threw; 0 if none did. */
  readonly lastThrown: number;
  /** Number of attempts that ended without a crash of their worker. */
  readonly endedWell: number;
  /** Milliseconds of the present execution that do not count. */
  readonly pausedMs: number;
}

export function attemptsSoFar(
  previous: Partial<ExecutionCheckpoint> = {},
  heartbeat: Partial<Heartbeat> = {},
): AttemptsSoFar {
  const { thrown: thrownBefore = 0, lastThrown: lastBefore = 0 } = previous;
  const { thrown = thrownBefore, lastThrown = lastBefore, pausedMs = 0 } = heartbeat;
  const { endedWell = thrown - thrownBefore } = heartbeat;
  return { thrown, lastThrown, endedWell: endedWellBefore(previous) + endedWell, pausedMs };
}

/** Number of attempts of earlier executions that ended without a crash. Before 0.3, all were taken for such. */
export const endedWellBefore = ({ endedWell, attempts = 0 }: Partial<ExecutionCheckpoint> = {}): number =>
  endedWell ?? attempts;
