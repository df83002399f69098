/**
 * JWTs that were verified a moment ago, since each request of a session shows the same one, and a signature costs as much as a ping. Under a hash,
 * so that no list of tokens is in memory. (`npm run bench:authorization`)
 */
import { createHash } from 'node:crypto';
import type { Authenticated } from './authenticated';
import { CLOCK_TOLERANCE_S } from './tokenClaims';

/** So late may a key that its issuer has withdrawn still count, once the node knows. */
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
