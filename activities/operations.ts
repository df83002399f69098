/** Names what a call does outside of its session (a write to a map, a notification), so that a retried attempt does not do it twice. */
import { createHash } from 'node:crypto';
import { currentStep } from './currentStep';

/**
 * Ids for one attempt of a call: `what` and how often the attempt has done it before decide, so they are the same at every attempt,
 * also where branches of the handler run at the same time, as long as each `what` comes in the same order. Each step counts by itself:
 * a later attempt skips it, and what it did. With a `content`, its values so far decide instead: an attempt that writes another value
 * than the one before it is heard from there on.
 */
export function operationIdsOf(sessionId: string, call: string): (what: string, content?: unknown) => string {
  const before = new Map<string, string | number>();
  return (what, content) => {
    const step = currentStep.getStore();
    const done = step === undefined ? [what] : [step, what];
    const key = JSON.stringify(done);
    const last = before.get(key);
    const next = content === undefined ? Number(last ?? 0) + 1 : hashOf([last, content]);
    before.set(key, next);
    return hashOf([sessionId, call, ...done, next]);
  };
}

const hashOf = (parts: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
