/**
 * Events carry the time of Temporal's clock. Ours may be a minute off, and can be set while we run: so the two are not compared, and a time of
 * Temporal's is brought to the clock that nobody sets (`performance.now()`) by events that were read as they were written. (`wrongClock.test.ts`)
 */
let aheadMs = -Infinity;

/** The event was written just now. Of several the one that was read soonest says it best. */
export function hasJustBeenWritten(time: Date): void {
  aheadMs = Math.max(aheadMs, time.getTime() - performance.now());
}

/** When that was; long ago as long as nothing is known. */
export const monotonicOf = (temporalMs: number): number =>
  aheadMs === -Infinity ? -Infinity : Math.min(temporalMs - aheadMs, performance.now());
