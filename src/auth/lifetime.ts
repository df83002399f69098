/** Notices when a credential in use ends, by its expiry or by revocation. */
import { LONGEST_TIMER_MS } from '../shared/duration';
import type { Authenticated } from './authenticated';
import { CLOCK_TOLERANCE_S } from './tokenClaims';

const REVOKED_EVERY_MS = 5_000;

export type EndOfCredential = 'expired' | 'revoked';

/**
 * Calls `tell` once when the credential is no longer accepted; the returned function cancels that. An expired token
 * counts as ended only after the clock tolerance: before, the client could reconnect with the same token.
 */
export function onEndOf(
  { expiresAt, isRevoked }: Authenticated,
  tell: (why: EndOfCredential) => void,
): () => void {
  let expiry: NodeJS.Timeout | undefined;
  let asking: NodeJS.Timeout | undefined;
  let isOver = false;
  const stop = () => {
    isOver = true;
    clearTimeout(expiry);
    clearTimeout(asking);
  };
  const end = (why: EndOfCredential) => {
    if (isOver) return;
    stop();
    tell(why);
  };
  const endsAt = (expiresAt ?? Infinity) + CLOCK_TOLERANCE_S * 1_000;
  const waitForExpiry = () => {
    const leftMs = endsAt - Date.now();
    if (leftMs <= 0) end('expired');
    else expiry = setTimeout(waitForExpiry, Math.min(leftMs, LONGEST_TIMER_MS)).unref();
  };
  const askSoon = () => {
    if (!isOver) asking = setTimeout(() => void ask(), REVOKED_EVERY_MS).unref();
  };
  const ask = async () => {
    if (await isRevoked?.().catch(() => false)) end('revoked');
    else askSoon();
  };
  if (isRevoked) askSoon();
  if (endsAt < Infinity) waitForExpiry();
  return stop;
}
