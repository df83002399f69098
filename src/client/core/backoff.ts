/** Pauses between tries, by a random part of a growing limit, so that many clients do not return at once. */
import { setTimeout as pause } from 'node:timers/promises';
import { LONGEST_TIMER_MS } from '../../shared/duration';
import type { Settings } from './settings';

export class Backoff {
  private tries = 0;
  /** When the first try failed since something was heard. */
  private since: number | undefined;

  constructor(private readonly settings: Settings['backoff']) {}

  /** Something was heard: the next break is the first again. */
  reset(): void {
    this.tries = 0;
    this.since = undefined;
  }

  /** A stream was open: longer than the longest pause, it counts as heard although it said nothing. */
  heardFor(ms: number): void {
    if (ms > this.settings.maxMs) this.reset();
  }

  /** Whether nothing was heard for so long that the caller gives up. */
  get isOver(): boolean {
    return this.since !== undefined && performance.now() - this.since > this.settings.giveUpMs;
  }

  /**
   * Resolves after the pause, which is never shorter than what the server asked for. Rejects with the signal's
   * reason when that aborts.
   */
  async wait(leastMs = 0, signal?: AbortSignal): Promise<void> {
    this.since ??= performance.now();
    const { firstMs, factor, maxMs } = this.settings;
    const limit = Math.min(maxMs, firstMs * factor ** this.tries++);
    // What the server asked for, and a random part on top: clients that were refused together come apart.
    const ms = Math.min(LONGEST_TIMER_MS, leastMs + Math.random() * limit);
    try {
      await pause(ms, undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted(); // the timer's own error does not say why
      throw error;
    }
  }
}
