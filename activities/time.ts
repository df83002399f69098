/** The clock of an attempt. It is monotonic, since a worker's wall clock may be wrong or be set. */
import { LONGEST_TIMER_MS } from '../src/shared/duration';

export interface Time {
  /** Milliseconds since an arbitrary moment. */
  now(): number;
  /** Calls `then` after `ms`, of any length. The returned function cancels the call. */
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
