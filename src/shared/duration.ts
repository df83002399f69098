/** Durations as people write them: milliseconds, or a text such as `'1h'`. */
import ms from 'ms';

/** Milliseconds, or a text such as `'10s'`. */
export type Duration = number | string;

/** Temporal counts nanoseconds in 64 bits and rejects a longer duration only when a workflow uses it. */
const LONGEST_MS = ms('100y');

/** The longest timer in Node, which counts milliseconds in 32 bits. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** In milliseconds; `undefined` for an invalid or negative duration, or one of more than a hundred years. */
export function milliseconds(duration: number | string): number | undefined {
  const value = typeof duration === 'number' ? duration : parse(duration);
  return value !== undefined && value >= 0 && value <= LONGEST_MS ? value : undefined;
}

/** The library throws for an empty or longer text. */
const parse = (text: string): number | undefined =>
  text.length > 0 && text.length <= 100 ? ms(text as ms.StringValue) : undefined;
