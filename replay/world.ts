/**
 * What is outside of a handler: a clock that jumps, what steps do to the world, and what the client answers. It does not begin anew with an
 * attempt: what a step or a piece of bare code has begun ends when it would have ended anyway, however often it is begun again. So a handler
 * that is interrupted, and goes on at the same moment, must fare as one that was not.
 */
import type { Time } from '../activities/time';

interface Timer {
  readonly at: number;
  readonly then: () => void;
}

/** How many turns of the event loop without any sign of life mean that nothing goes on by itself. */
const QUIET_TURNS = 5;
const MAXIMUM_MOMENTS = 5_000;
/** What bare code that has ended before takes when it runs again: it is not as fast as recorded steps. */
const AGAIN_MS = 1e-6;

export class World implements Time {
  private clock = 0;
  private readonly timers = new Set<Timer>();
  private readonly endsAt = new Map<string, number>();
  /** Changes whenever something happens. */
  stirred = 0;
  readonly starts = new Map<string, number>();

  now(): number {
    return this.clock;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.clock + Math.max(ms, 0), then };
    this.timers.add(timer);
    this.stirred++;
    return () => {
      this.timers.delete(timer);
    };
  }

  /** Something begins, again perhaps, that takes so long. Resolves when it ends. */
  async takes(what: string, ms: number): Promise<void> {
    const endsAt = this.endsAt.get(what) ?? this.clock + ms;
    this.endsAt.set(what, endsAt);
    await new Promise<void>((resolve) => this.after(Math.max(endsAt - this.clock, AGAIN_MS), resolve));
  }

  hasEnded(what: string): boolean {
    return (this.endsAt.get(what) ?? Infinity) <= this.clock;
  }

  start(step: string): void {
    this.stirred++;
    this.starts.set(step, (this.starts.get(step) ?? 0) + 1);
  }

  /** Lets time pass until `done` settles. @throws Error if nothing can happen any more */
  async until<T>(done: Promise<T>): Promise<T> {
    let isDone = false;
    const settled = () => (isDone = true);
    done.then(settled, settled);
    for (let moments = 0; moments < MAXIMUM_MOMENTS; moments++) {
      await this.quiet(() => isDone);
      if (isDone) return done;
      if (!this.passOn()) throw new Error('Nothing can happen any more, and the handler has not ended.');
    }
    throw new Error('The handler does not end.');
  }

  /** To the next moment at which something happens, or to `before`, whichever comes first. Whether there is one. */
  passOn(before = Infinity): boolean {
    let next: Timer | undefined;
    for (const timer of this.timers) if (!next || timer.at < next.at) next = timer;
    if (!next || next.at > before) {
      if (Number.isFinite(before)) this.clock = Math.max(this.clock, before);
      return Number.isFinite(before);
    }
    this.clock = Math.max(this.clock, next.at);
    this.timers.delete(next);
    this.stirred++;
    next.then();
    return true;
  }

  /** Resolves when nothing goes on by itself. */
  async quiet(isDone: () => boolean = () => false): Promise<void> {
    for (let turns = 0; turns < QUIET_TURNS && !isDone(); turns++) {
      const before = this.stirred;
      await new Promise((resolve) => setImmediate(resolve));
      if (this.stirred !== before) turns = -1;
    }
  }
}
