/**
 * The world outside of a handler: a clock that jumps, the effects of steps, and the client's answers. The
 * world outlives attempts: a step or piece of bare code that has begun ends at the same moment, however often
 * it begins again. So an interrupted handler that continues at the same moment must have the same outcome as
 * an uninterrupted one.
 */
import type { Time } from '../activities/time';

interface Timer {
  readonly at: number;
  readonly then: () => void;
}

/** How many event loop turns without an event show that no code runs any more. */
const QUIET_TURNS = 5;
const MAXIMUM_MOMENTS = 5_000;
/**
 * How long bare code takes that begins again after its end: longer than recorded steps, which take no time.
 */
const AGAIN_MS = 1e-6;

export class World implements Time {
  private clock = 0;
  private readonly timers = new Set<Timer>();
  private readonly endsAt = new Map<string, number>();
  /** Counts events, so that {@link quiet} can see whether any code still runs. */
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

  /** Begins an operation, perhaps again, that takes `ms`. Resolves when it ends. */
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

  /** Lets time pass until `done` settles. @throws Error if no event is left */
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

  /**
   * Moves the clock to the next timer, which then fires, or to `before`, whichever is first. Returns false if
   * there is neither.
   */
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

  /** Resolves when no code can run before the clock moves. */
  async quiet(isDone: () => boolean = () => false): Promise<void> {
    for (let turns = 0; turns < QUIET_TURNS && !isDone(); turns++) {
      const before = this.stirred;
      await new Promise((resolve) => setImmediate(resolve));
      if (this.stirred !== before) turns = -1;
    }
  }
}
