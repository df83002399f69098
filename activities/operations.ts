/** Names what a call does outside of its session (a write to a map, a notification), so that a retried attempt does not do it twice. */
import { createHash } from 'node:crypto';
import { currentStep } from './currentStep';

/**
 * Ids for one attempt of a call: `what` and how often the attempt has done it before decide, so they are the same at every attempt,
 * also where branches of the handler run at the same time, as long as each `what` comes in the same order. Each step counts by itself:
 * a later attempt skips it, and what it did.
 */
export function operationIdsOf(sessionId: string, call: string): (what: string) => string {
  const times = new Map<string, number>();
  return (what) => {
    const step = currentStep.getStore();
    const done = step === undefined ? [what] : [step, what];
    const key = JSON.stringify(done);
    const nth = (times.get(key) ?? 0) + 1;
    times.set(key, nth);
    const text = JSON.stringify([sessionId, call, ...done, nth]);
    return createHash('sha256').update(text).digest('base64url').slice(0, 22);
  };
}
