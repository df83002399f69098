/** The clock that an attempt goes by: one that nobody sets, since a worker's wall clock may be wrong. `callTool` has one that jumps. */
import { LONGEST_TIMER_MS } from '../src/shared/duration';

export interface Time {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls `then` after `ms`, however long that is, unless the returned function has been called before. */
  after(ms: number, then: () => void): () => void;
}

export const realTime: Time = {
  now: () => performance.now(),
  after(ms, then) {
    const at = performance.now() + ms;
    let timer: NodeJS.Timeout;
    const wait = () => {
      const leftMs = at - performance.now();
      timer = leftMs <= 0 ? setTimeout(then, 0) : setTimeout(wait, Math.min(leftMs, LONGEST_TIMER_MS));
    };
    wait();
    return () => {
      clearTimeout(timer);
    };
  },
};
