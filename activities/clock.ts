/** A call's time: it runs while the handler works, and stands still while the call waits for its client or sleeps. */
import type { Time } from './time';

export class Clock {
  private runningSince: number | undefined;
  private pausedSince: number | undefined;
  private paused = 0;
  private stopTimer: (() => void) | undefined;
  private end: (() => void) | undefined;
  private stopped = false;
  /** Resolves when the time is up. */
  readonly ended = new Promise<void>((resolve) => (this.end = resolve));

  /** `leftMs`: of the call's time, as this attempt begins. */
  constructor(
    private readonly time: Time,
    private leftMs: number,
  ) {
    this.resume();
  }

  get timeLeftMs(): number {
    return this.leftMs - (this.runningSince === undefined ? 0 : this.time.now() - this.runningSince);
  }

  /** All pauses since it began, the present one included. */
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

  /** An earlier part of the call's time than was known. */
  spend(ms: number): void {
    this.leftMs -= ms;
    if (this.runningSince === undefined) return;
    this.pause();
    this.resume();
  }

  /** For good: waits that end later set no timer any more. */
  stop(): void {
    this.pause();
    this.stopped = true;
  }
}
