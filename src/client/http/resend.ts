/**
 * What follows when a request got no answer: the heart of "never twice". A table, free of time and network.
 *
 * | what happened                     | a server that joins   | any other                              |
 * | --------------------------------- | --------------------- | -------------------------------------- |
 * | surely unsent, each time          | post                  | post                                   |
 * | cut, with an event id             | resume                | resume                                 |
 * | cut or failed, perhaps arrived    | post                  | post if safe, else the outcome is unknown |
 * | the stream cannot be resumed      | post                  | post if safe, else the outcome is unknown |
 * | session gone, never sent before   | post in a new session | the same                               |
 * | session gone, perhaps arrived     | unknown, unless safe  | the same                               |
 */

export type Happened =
  /** No server has seen it this time. */
  | 'unsent'
  /** The connection broke, or a server failed: 5xx. */
  | 'broken'
  /** The stream ended without the answer. */
  | 'cut'
  /** A GET cannot resume the stream: 204, 400, 405. */
  | 'notResumable'
  /** The server has no such session: 404, and made sure of. */
  | 'gone';

export interface Facts {
  /** The server joins a repetition, and still remembers this request. */
  readonly joins: boolean;
  /** Running twice does no harm. */
  readonly safe: boolean;
  readonly mayHaveArrived: boolean;
  readonly hasEventId: boolean;
}

export type Next = 'post' | 'resume' | 'unknown';

export function next(happened: Happened, { joins, safe, mayHaveArrived, hasEventId }: Facts): Next {
  switch (happened) {
    case 'unsent':
      if (!mayHaveArrived) return 'post';
      break; // an earlier try may have arrived
    case 'cut':
      if (hasEventId) return 'resume';
      break;
    case 'broken':
    case 'notResumable':
      break;
    case 'gone':
      return mayHaveArrived && !safe ? 'unknown' : 'post';
  }
  return joins || safe ? 'post' : 'unknown';
}
