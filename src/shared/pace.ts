/**
 * Limits a rate by key: a burst after a pause, then a fixed amount per second. Callers that come too soon
 * wait and are not refused.
 */
import { setTimeout as sleep } from 'node:timers/promises';

interface Bucket {
  /** Negative while earlier callers wait for what they have reserved. */
  left: number;
  /** By the monotonic clock, `performance.now()`. */
  at: number;
}

export class Pace {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
  ) {}

  /**
   * Reserves `amount` and resolves when its turn comes, with whether it had to wait. A caller that aborts
   * gives its amount back; otherwise later callers with the same key would wait for nothing. @throws
   * AbortError
   */
  async take(key: string, amount: number, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    const now = performance.now();
    const bucket = this.buckets.get(key) ?? { left: this.burst, at: now };
    bucket.left = this.leftAt(now, bucket) - amount;
    bucket.at = now;
    this.buckets.delete(key); // keeps the key that has rested longest first
    this.buckets.set(key, bucket);
    this.forgetRested(now);
    if (bucket.left >= 0) return false;
    try {
      await sleep(this.waitMs(key, 0), undefined, { signal });
    } catch (error) {
      bucket.left += amount;
      throw error;
    }
    return true;
  }

  /** Milliseconds that `amount` would wait for its turn. */
  waitMs(key: string, amount: number): number {
    const bucket = this.buckets.get(key);
    const left = (bucket ? this.leftAt(performance.now(), bucket) : this.burst) - amount;
    return Math.max((-left / this.perSecond) * 1_000, 0);
  }

  private leftAt(now: number, { left, at }: Bucket): number {
    return Math.min(left + ((now - at) / 1_000) * this.perSecond, this.burst);
  }

  private forgetRested(now: number): void {
    for (const [key, bucket] of this.buckets) {
      if (this.leftAt(now, bucket) < this.burst) return;
      this.buckets.delete(key);
    }
  }
}
