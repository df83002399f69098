/** How soon the calls and sessions of a dead worker go on in another: docs/recovery.md has what was measured, and what `fast` costs. */
export const RECOVERIES = ['normal', 'fast'] as const;
export type Recovery = (typeof RECOVERIES)[number];

/** A call that is not heard of for so long has lost its worker, or has one that a handler blocks. */
export const HEARTBEAT_TIMEOUT_MS: Readonly<Record<Recovery, number>> = { normal: 4_000, fast: 1_500 };
/** For so long a session's next workflow task waits for the worker that had the last one. Temporal's default: 10 s. */
export const STICKY_TIMEOUT_MS: Readonly<Record<Recovery, number>> = { normal: 1_000, fast: 250 };

/** How often a running call is heard of; also how soon one that is cancelled learns of it. */
export const heartbeatIntervalMs = (timeoutMs: number): number => timeoutMs / 2.5;

/**
 * For a call of a session with so many in flight. Each heartbeat locks the session in Temporal and writes to its database: with a hundred
 * a second, everything else of the session waits for its lock, and is put off by seconds each time in vain. This bounds them to 25 a second.
 */
export const heartbeatTimeoutAmong = (calls: number, timeoutMs: number): number =>
  Math.max(timeoutMs, calls * 100);
