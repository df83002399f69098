/**
 * How soon another worker takes over the calls and sessions of a dead one. docs/recovery.md has the
 * measurements, and the costs of `fast`.
 */
export const RECOVERIES = ['normal', 'fast'] as const;
export type Recovery = (typeof RECOVERIES)[number];

/** A call without a heartbeat for this long has lost its worker, or a handler blocks its worker. */
export const HEARTBEAT_TIMEOUT_MS: Readonly<Record<Recovery, number>> = { normal: 4_000, fast: 1_500 };
/**
 * How long a session's next workflow task waits for the worker that had the last one. Temporal's default: 10
 * s.
 */
export const STICKY_TIMEOUT_MS: Readonly<Record<Recovery, number>> = { normal: 1_000, fast: 250 };

/** The interval of a running call's heartbeats, by which it also learns of its cancellation. */
export const heartbeatIntervalMs = (timeoutMs: number): number => timeoutMs / 2.5;

/**
 * The heartbeat timeout of a call in a session with `calls` calls in flight. Each heartbeat locks the session
 * in Temporal and writes to its database: at a hundred a second, all other work on the session waits for the
 * lock and is postponed by seconds each time. This bounds heartbeats to 25 a second.
 */
export const heartbeatTimeoutAmong = (calls: number, timeoutMs: number): number =>
  Math.max(timeoutMs, calls * 100);
