/**
 * What is known of tokens, for a while. The key is a hash, so that no list of tokens is in memory; beyond the limit, the entry that was kept first
 * goes.
 */
import { createHash } from 'node:crypto';

const MOST_KEPT = 10_000;

export class TokenCache<T> {
  private readonly kept = new Map<string, { readonly value: T; readonly until: number }>();

  /** Whether the cache has the token, also if what it knows is too old. */
  has(token: string): boolean {
    return this.kept.has(keyOf(token));
  }

  /** `undefined` if nothing is known, or only what is too old. */
  get(token: string): T | undefined {
    const known = this.kept.get(keyOf(token));
    return known && known.until > performance.now() ? known.value : undefined;
  }

  /** `until` is by `performance.now()`. */
  keep(token: string, value: T, until: number): void {
    const key = keyOf(token);
    this.kept.delete(key); // the newest entry is the last
    this.kept.set(key, { value, until });
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
  }

  delete(token: string): void {
    this.kept.delete(keyOf(token));
  }
}

const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');
