/** Names what a call does outside of its session (a write to a map, a notification), so that a retried attempt does not do it twice. */
import { createHash } from 'node:crypto';

/**
 * Ids for one attempt of a call: `what` and how often the attempt has done it before decide, so they are the same at every attempt,
 * also where branches of the handler run at the same time, as long as each `what` comes in the same order.
 */
export function operationIdsOf(sessionId: string, call: string): (what: string) => string {
  const times = new Map<string, number>();
  return (what) => {
    const nth = (times.get(what) ?? 0) + 1;
    times.set(what, nth);
    const text = JSON.stringify([sessionId, call, what, nth]);
    return createHash('sha256').update(text).digest('base64url').slice(0, 22);
  };
}
