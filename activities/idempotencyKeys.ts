/**
 * Idempotency keys, which a step's function may hand to others, such as a payment provider. A session id is a
 * credential (its holder can speak as the client), so the key hides it. (`idempotencyKeys.test.ts`)
 */
import { createHash } from 'node:crypto';
import { callKey, type CallInput } from '../src/wire/call';

/**
 * Maps a step's name to its key: unique among all steps of all calls of all sessions, and the same at each
 * attempt, whatever the version of its worker.
 */
export function idempotencyKeysOf({ session, message, policy }: CallInput): (step: string) => string {
  const call = callKey(message.id);
  if (!policy.hashedKeys) return (step) => `${session.id}/${call}/${step}`;
  return (step) =>
    createHash('sha256')
      .update(JSON.stringify([session.id, call, step]))
      .digest('base64url');
}
