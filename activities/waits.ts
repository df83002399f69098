/**
 * The waits of one attempt: for answers of its client, and for the ends of sleeps. An at-least-once call that
 * has done nothing but wait for a while is suspended, so that hours of waiting occupy no activity slot; any
 * other call waits inside its activity.
 */
import type { Suspended } from '../src/wire/call';
import type { Clock } from './clock';
import { DurablePromise } from './durablePromise';
import type { Step } from './step';
import type { Time } from './time';

export type IsWaitedFor = () => boolean;

export interface Wait {
  readonly step: Step;
  /** How long this wait occupies its activity slot before the call is suspended; `undefined`: never suspended. */
  readonly suspendAfterMs: number | undefined;
  /** Whether the clock of the call's timeout is paused during this wait. */
  readonly stopsClock: boolean;
  /** End of a sleep, by the attempt's clock. */
  readonly endsAt?: number;
  /** Whether any code would continue at its end: no code awaits the loser of a race. */
  readonly isWaitedFor: IsWaitedFor;
}

/** Delay before the next try to suspend a call that could not be suspended. */
const RECHECK_MS = 1_000;
/** Limit of `suspendAfterMs` while the session drains, before it continues as new. */
const DRAINING_MS = 1_000;

export class Waits {
  private readonly waits = new Map<Wait, number>();
  private stopped = false;
  private draining = false;
  private stopTimer: (() => void) | undefined;
  /** When an outcome was last delivered to the handler. */
  private deliveredAt = -Infinity;
  private suspend: ((suspended: Suspended['suspended']) => void) | undefined;
  /** Resolves when the attempt only waits, and is to be suspended. */
  readonly suspended = new Promise<Suspended['suspended']>((resolve) => (this.suspend = resolve));

  constructor(
    private readonly time: Time,
    private readonly clock: Clock,
    private readonly attempt: {
      /** Whether the attempt can end here without interrupting anything. */
      maySuspend(): boolean;
      onWaiting(step: Step): void;
    },
  ) {}

  /** Wraps an operation that waits. */
  watched<T>(operation: (isWaitedFor: IsWaitedFor) => Promise<T>): DurablePromise<T> {
    const isWaitedFor = () => promise.isWaitedFor;
    const review = () => {
      this.review();
    };
    const promise = DurablePromise.of(operation(isWaitedFor), review);
    return promise;
  }

  async during<T>(wait: Wait, awaited: Promise<T>): Promise<T> {
    this.waits.set(wait, this.time.now());
    this.attempt.onWaiting(wait.step);
    this.review();
    try {
      return await awaited;
    } finally {
      this.waits.delete(wait);
      this.review();
    }
  }

  /** The steps that the attempt waits for, and whether any code awaits them. */
  get steps(): { readonly step: Step; readonly isWaitedFor: boolean }[] {
    return [...this.waits.keys()].map(({ step, isWaitedFor }) => ({ step, isWaitedFor: isWaitedFor() }));
  }

  /** Notes a delivery to the handler, upon which its code may abandon other waits. */
  noteDelivery(): void {
    this.deliveredAt = this.time.now();
    this.review();
    // The handler has not run yet. Waits that it abandons when it does would be noticed by nothing but this
    // review. (`abandonedWaits.test.ts`)
    setImmediate(() => {
      this.review();
    });
  }

  /** Suspends the call sooner: the session drains before it continues as new. */
  drain(): void {
    this.draining = true;
    this.review();
  }

  /** Stops all timers: the attempt is over, or must not be suspended any more. */
  stop(): void {
    this.stopped = true;
    this.stopTimer?.();
  }

  /** Called when the awaited waits may have changed: adapts the call's clock and the time of suspension. */
  private review(): void {
    this.stopTimer?.();
    if (this.stopped) return;
    const awaited = this.awaited();
    if (awaited.some(([{ stopsClock }]) => stopsClock)) this.clock.pause();
    else this.clock.resume();
    if (awaited.length === 0) return;
    const at = Math.max(...awaited.map((each) => this.suspendAt(...each)));
    if (Number.isFinite(at)) this.considerAfter(Math.max(at - this.time.now(), 0));
  }

  private awaited(): [Wait, number][] {
    return [...this.waits].filter(([{ isWaitedFor }]) => isWaitedFor());
  }

  /**
   * When the call may be suspended for this wait: `suspendAfterMs` after its begin or the last delivery,
   * whichever is later. The handler may be running code in between that the product cannot see.
   */
  private suspendAt({ suspendAfterMs = Infinity }: Wait, since: number): number {
    const isShortened = this.draining && Number.isFinite(suspendAfterMs);
    return (
      Math.max(since, this.deliveredAt) +
      (isShortened ? Math.min(suspendAfterMs, DRAINING_MS) : suspendAfterMs)
    );
  }

  private considerAfter(ms: number): void {
    this.stopTimer = this.time.after(ms, () => {
      if (!this.stopped && !this.considerSuspending()) this.considerAfter(RECHECK_MS);
    });
  }

  private considerSuspending(): boolean {
    const awaited = this.awaited().map(([wait]) => wait);
    const cannot = awaited.length === 0 || awaited.some(({ suspendAfterMs }) => suspendAfterMs === undefined);
    if (cannot || !this.attempt.maySuspend()) return false;
    const namesOf = (kind: 'ask' | 'sleep') =>
      awaited.flatMap(({ step }) => (step.kind === kind ? [step.name] : []));
    const leftMs = Math.min(...awaited.map(({ endsAt = Infinity }) => endsAt)) - this.time.now();
    const wakeAt = Number.isFinite(leftMs) ? Math.ceil(Date.now() + leftMs) : undefined;
    this.suspend?.({ steps: namesOf('ask'), sleeps: namesOf('sleep'), wakeAt });
    return true;
  }
}
