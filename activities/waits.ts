/**
 * What one attempt is waiting for: answers of its client, and the ends of its sleeps. An at-least-once call that has only waited
 * for a while is suspended, so that hours of waiting hold no worker's slot; any other waits here, inside its activity.
 */
import type { Suspended } from '../src/protocol/call';
import type { Clock } from './clock';

export interface Wait {
  /** The request to the client whose answer is awaited. */
  readonly step?: string;
  readonly wakeAt?: number;
  /** How long this wait holds its slot; `undefined` if it must not be cut short. */
  readonly suspendAfterMs: number | undefined;
}

/** How soon to look again whether a call that could not be suspended now can be. */
const AGAIN_MS = 1_000;

export class Waits {
  private readonly waits = new Set<Wait>();
  private stopped = false;
  private suspend: ((suspended: Suspended['suspended']) => void) | undefined;
  /** Resolves when the attempt has nothing to do but wait. */
  readonly suspended = new Promise<Suspended['suspended']>((resolve) => (this.suspend = resolve));

  /** `maySuspend`: whether the attempt can end here without cutting anything short. */
  constructor(
    private readonly clock: Clock,
    private readonly maySuspend: () => boolean,
  ) {}

  async during<T>(wait: Wait, awaited: Promise<T>): Promise<T> {
    this.waits.add(wait);
    this.clock.pause();
    let timer: NodeJS.Timeout | undefined;
    const consider = () => {
      if (!this.stopped && !this.considerSuspending()) timer = setTimeout(consider, AGAIN_MS);
    };
    if (wait.suspendAfterMs !== undefined) timer = setTimeout(consider, wait.suspendAfterMs);
    try {
      return await awaited;
    } finally {
      clearTimeout(timer);
      this.waits.delete(wait);
      if (this.waits.size === 0) this.clock.resume();
    }
  }

  /** The attempt is over. What is still awaited may never settle. */
  stop(): void {
    this.stopped = true;
  }

  private considerSuspending(): boolean {
    const waits = [...this.waits];
    if (!this.maySuspend() || waits.some(({ suspendAfterMs }) => suspendAfterMs === undefined)) return false;
    const wakeAt = Math.min(...waits.map((wait) => wait.wakeAt ?? Infinity));
    this.suspend?.({
      steps: waits.flatMap(({ step }) => step ?? []),
      ...(Number.isFinite(wakeAt) ? { wakeAt } : {}),
    });
    return true;
  }
}
