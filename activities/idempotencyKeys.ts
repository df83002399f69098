/**
 * What a step's function may hand to others, such as a payment provider. A session's id is a credential, since whoever has it can speak as its client: so
 * the key does not tell it. (`idempotencyKeys.test.ts`)
 */
import { createHash } from 'node:crypto';
import { callKey, type CallInput } from '../src/wire/call';

/** By step: unique among all steps of all calls of all sessions, and the same at each attempt, whichever version of a worker it has. */
export function idempotencyKeysOf({ session, message, policy }: CallInput): (step: string) => string {
  const call = callKey(message.id);
  if (!policy.hashedKeys) return (step) => `${session.id}/${call}/${step}`;
  return (step) =>
    createHash('sha256')
      .update(JSON.stringify([session.id, call, step]))
      .digest('base64url');
}
