/**
 * The clock of a call's timeout. It runs while the handler works and is paused while the call waits for its
 * client or sleeps.
 */
import type { Time } from './time';

export class Clock {
  private runningSince: number | undefined;
  private pausedSince: number | undefined;
  private paused = 0;
  private stopTimer: (() => void) | undefined;
  private end: (() => void) | undefined;
  private stopped = false;
  /** Resolves when the timeout expires. */
  readonly ended = new Promise<void>((resolve) => (this.end = resolve));

  /** `leftMs`: the rest of the timeout when this attempt begins. */
  constructor(
    private readonly time: Time,
    private leftMs: number,
  ) {
    this.resume();
  }

  get timeLeftMs(): number {
    return this.leftMs - (this.runningSince === undefined ? 0 : this.time.now() - this.runningSince);
  }

  /** Total length of the pauses, including a current one. */
  get pausedMs(): number {
    return this.paused + (this.pausedSince === undefined ? 0 : this.time.now() - this.pausedSince);
  }

  pause(): void {
    this.leftMs = this.timeLeftMs;
    this.runningSince = undefined;
    this.pausedSince ??= this.time.now();
    this.stopTimer?.();
  }

  resume(): void {
    if (this.stopped || this.runningSince !== undefined) return;
    this.paused = this.pausedMs;
    this.pausedSince = undefined;
    this.runningSince = this.time.now();
    this.stopTimer = this.time.after(Math.max(this.leftMs, 1), () => this.end?.());
  }

  /** Subtracts time that passed before this attempt. */
  spend(ms: number): void {
    this.leftMs -= ms;
    if (this.runningSince === undefined) return;
    this.pause();
    this.resume();
  }

  /** Stops the clock for good: `resume` has no effect afterwards. */
  stop(): void {
    this.pause();
    this.stopped = true;
  }
}
