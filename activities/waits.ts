/**
 * What one attempt is waiting for: answers of its client, and the ends of its sleeps. An at-least-once call that has only waited
 * for a while is suspended, so that hours of waiting hold no worker's slot; any other waits here, inside its activity.
 */
import type { Suspended } from '../src/wire/call';
import type { Clock } from './clock';
import { DurablePromise } from './durablePromise';
import type { Step } from './step';
import type { Time } from './time';

export type IsWaitedFor = () => boolean;

export interface Wait {
  readonly step: Step;
  /** How long this wait holds its slot; `undefined` if it must not be cut short. */
  readonly suspendAfterMs: number | undefined;
  /** Whether the call's time stands still meanwhile. */
  readonly stopsClock: boolean;
  /** Of a sleep, by the attempt's clock. */
  readonly endsAt?: number;
  /** Whether any code would go on at its end: nobody waits for the loser of a race. */
  readonly isWaitedFor: IsWaitedFor;
}

/** How soon to look again whether a call that could not be suspended now can be. */
const AGAIN_MS = 1_000;
/** A wait in a call whose session is about to go on in its next run. */
const HURRIED_MS = 1_000;

export class Waits {
  private readonly waits = new Map<Wait, number>();
  private stopped = false;
  private hurried = false;
  private stopTimer: (() => void) | undefined;
  /** When the handler was last told of something. */
  private toldAt = -Infinity;
  private suspend: ((suspended: Suspended['suspended']) => void) | undefined;
  /** Resolves when the attempt has nothing to do but wait. */
  readonly suspended = new Promise<Suspended['suspended']>((resolve) => (this.suspend = resolve));

  constructor(
    private readonly time: Time,
    private readonly clock: Clock,
    private readonly attempt: {
      /** Whether it can end here without cutting anything short. */
      maySuspend(): boolean;
      onWaiting(step: Step): void;
    },
  ) {}

  /** The promise of an operation that waits. */
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

  /** What the attempt waits for, and whether any code waits for that. */
  get steps(): { readonly step: Step; readonly isWaitedFor: boolean }[] {
    return [...this.waits.keys()].map(({ step, isWaitedFor }) => ({ step, isWaitedFor: isWaitedFor() }));
  }

  /** The handler goes on: what it waited for before may have been given up by code that nobody can see. */
  told(): void {
    this.toldAt = this.time.now();
    this.review();
    // It has not gone on yet: what it leaves now shows when it has, and nothing else would look. (`abandonedWaits.test.ts`)
    setImmediate(() => {
      this.review();
    });
  }

  /** The session's next run waits for this call: it waits here no longer than it must. */
  hurry(): void {
    this.hurried = true;
    this.review();
  }

  /** The attempt is over, or must not be suspended any more. */
  stop(): void {
    this.stopped = true;
    this.stopTimer?.();
  }

  /** Who waits may have changed: so may the call's clock, and when the call can be suspended. */
  private review(): void {
    this.stopTimer?.();
    if (this.stopped) return;
    const needed = this.needed();
    if (needed.some(([{ stopsClock }]) => stopsClock)) this.clock.pause();
    else this.clock.resume();
    if (needed.length === 0) return;
    const at = Math.max(...needed.map((each) => this.suspendAt(...each)));
    if (Number.isFinite(at)) this.considerAfter(Math.max(at - this.time.now(), 0));
  }

  private needed(): [Wait, number][] {
    return [...this.waits].filter(([{ isWaitedFor }]) => isWaitedFor());
  }

  /** As long after the handler has last begun a wait or been told of something: code of its own may be under way, which nobody can see. */
  private suspendAt({ suspendAfterMs = Infinity }: Wait, since: number): number {
    const mayHurry = this.hurried && Number.isFinite(suspendAfterMs);
    return Math.max(since, this.toldAt) + (mayHurry ? Math.min(suspendAfterMs, HURRIED_MS) : suspendAfterMs);
  }

  private considerAfter(ms: number): void {
    this.stopTimer = this.time.after(ms, () => {
      if (!this.stopped && !this.considerSuspending()) this.considerAfter(AGAIN_MS);
    });
  }

  private considerSuspending(): boolean {
    const needed = this.needed().map(([wait]) => wait);
    const cannot = needed.length === 0 || needed.some(({ suspendAfterMs }) => suspendAfterMs === undefined);
    if (cannot || !this.attempt.maySuspend()) return false;
    const namesOf = (kind: 'ask' | 'sleep') =>
      needed.flatMap(({ step }) => (step.kind === kind ? [step.name] : []));
    const leftMs = Math.min(...needed.map(({ endsAt = Infinity }) => endsAt)) - this.time.now();
    const wakeAt = Number.isFinite(leftMs) ? Math.ceil(Date.now() + leftMs) : undefined;
    this.suspend?.({ steps: namesOf('ask'), sleeps: namesOf('sleep'), wakeAt });
    return true;
  }
}
