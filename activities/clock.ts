/** A call's time: it runs while the handler works, and stands still while the call waits for its client or sleeps. */
import { LONGEST_TIMER_MS } from '../src/protocol/duration';

export class Clock {
  private pausedAt: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private end: (() => void) | undefined;
  private stopped = false;
  /** Resolves when the time is up. */
  readonly ended = new Promise<void>((resolve) => (this.end = resolve));

  /** `startedAt`: epoch milliseconds at which the leg's first attempt was asked for; `pausedMs`: pauses of earlier attempts. */
  constructor(
    private readonly timeMs: number,
    private readonly startedAt: number,
    private pausedMs: number,
  ) {
    this.run();
  }

  get timeLeftMs(): number {
    return this.timeMs - (Date.now() - this.startedAt - this.pausedTotalMs);
  }

  /** All pauses so far, the present one included. */
  get pausedTotalMs(): number {
    return this.pausedMs + (this.pausedAt === undefined ? 0 : Date.now() - this.pausedAt);
  }

  pause(): void {
    this.pausedAt ??= Date.now();
    clearTimeout(this.timer);
  }

  resume(): void {
    this.pausedMs = this.pausedTotalMs;
    this.pausedAt = undefined;
    this.run();
  }

  /** For good: waits that end later set no timer any more. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private run(): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(
      () => {
        if (this.timeLeftMs > 0) this.run();
        else this.end?.();
      },
      Math.min(Math.max(this.timeLeftMs, 1), LONGEST_TIMER_MS),
    );
  }
}
