/**
 * Caches recently verified JWTs: all requests of a session have the same token, and a signature check costs as much as
 * a whole ping (`npm run bench:authorization`). The key is a hash, so that no list of tokens is in memory.
 */
import { createHash } from 'node:crypto';
import type { Authenticated } from './authenticated';
import { CLOCK_TOLERANCE_S } from './tokenClaims';

/** A token whose signing key the issuer has withdrawn is accepted for at most this long after the node knows. */
const KEPT_MS = 30_000;
const MOST_KEPT = 10_000;

export class VerifiedTokens {
  private readonly kept = new Map<
    string,
    { readonly authenticated: Authenticated; readonly until: number }
  >();

  get(token: string): Authenticated | undefined {
    const key = keyOf(token);
    const known = this.kept.get(key);
    if (!known || known.until > Date.now()) return known?.authenticated;
    this.kept.delete(key);
    return undefined;
  }

  keep(token: string, authenticated: Authenticated): Authenticated {
    const ends = (authenticated.expiresAt ?? Infinity) + CLOCK_TOLERANCE_S * 1_000;
    this.kept.set(keyOf(token), { authenticated, until: Math.min(Date.now() + KEPT_MS, ends) });
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return authenticated;
  }
}

const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');
