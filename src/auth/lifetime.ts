/** Notices when a credential in use ends, by its expiry or by revocation. */
import type { Authenticated } from './authenticated';
import { CLOCK_TOLERANCE_S } from './tokenClaims';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const REVOKED_EVERY_MS = 5_000;

/**
 * Calls `tell` once when the credential is no longer accepted; the returned function cancels that. An expired token
 * counts as ended only after the clock tolerance: before, the client could reconnect with the same token.
 */
export function onEndOf({ expiresAt, isRevoked }: Authenticated, tell: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const stop = () => {
    isOver = true;
    clearTimeout(timer);
  };
  const end = () => {
    if (isOver) return;
    stop();
    tell();
  };
  const endsAt = (expiresAt ?? Infinity) + CLOCK_TOLERANCE_S * 1_000;
  const wait = () => {
    const leftMs = endsAt - Date.now();
    if (leftMs <= 0) return void end();
    const nextMs = Math.min(leftMs, isRevoked ? REVOKED_EVERY_MS : LONGEST_TIMER_MS);
    timer = setTimeout(() => void look(), nextMs).unref();
  };
  const look = async () => {
    if (await isRevoked?.().catch(() => false)) return void end();
    if (!isOver) wait();
  };
  if (endsAt < Infinity || isRevoked) wait();
  return stop;
}
