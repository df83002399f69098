/**
 * Ids for the effects of a call outside of its session (a write to a map, a notification), so that a retried
 * attempt does not repeat them.
 */
import { createHash } from 'node:crypto';
import { currentStep } from './currentStep';

/**
 * Generates the ids for one attempt. An id is made of `what` and the number of earlier operations with the same
 * `what`: it is the same at every attempt, even if branches of the handler run concurrently, as long as the
 * operations of each `what` keep their order. Each step counts separately, since a later attempt skips the step
 * with its effects. With `content`, the values so far take the place of the number: an attempt that writes
 * another value than the attempt before gets a new id.
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
