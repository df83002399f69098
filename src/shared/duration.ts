/** Times as people write them: milliseconds, or a text such as `'1h'`. */
import ms from 'ms';

/** Temporal's own clock counts nanoseconds in 64 bits, and refuses what goes beyond it only when a workflow asks for it. */
const LONGEST_MS = ms('100y');

/** Of a timer of Node, which counts in 32 bits. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** In milliseconds; `undefined` for what is no time, is negative or longer than a hundred years. */
export function milliseconds(duration: number | string): number | undefined {
  const value = typeof duration === 'number' ? duration : parse(duration);
  return value !== undefined && value >= 0 && value <= LONGEST_MS ? value : undefined;
}

/** The library throws for what is empty or longer. */
const parse = (text: string): number | undefined =>
  text.length > 0 && text.length <= 100 ? ms(text as ms.StringValue) : undefined;
