/**
 * Converts event times, which are on Temporal's clock, to the local monotonic clock (`performance.now()`).
 * The system clock may differ from Temporal's by a minute and can be set at any time, so the two are never
 * compared; events that were read as they were written show the difference to the monotonic clock.
 * (`wrongClock.test.ts`)
 */
let aheadMs = -Infinity;

/**
 * Call it for an event that was written just now. The event that was read with the least delay gives the best
 * estimate.
 */
export function hasJustBeenWritten(time: Date): void {
  aheadMs = Math.max(aheadMs, time.getTime() - performance.now());
}

/** The monotonic time of an event; the infinite past while the difference is unknown. */
export const monotonicOf = (temporalMs: number): number =>
  aheadMs === -Infinity ? -Infinity : Math.min(temporalMs - aheadMs, performance.now());

/** Epoch milliseconds by Temporal's clock; by the system's while the difference is unknown. */
export const temporalNow = (): number =>
  aheadMs === -Infinity ? Date.now() : Math.round(aheadMs + performance.now());
