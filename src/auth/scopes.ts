/**
 * Scopes and their hierarchy: a broader scope implies narrower ones (specification 2026-07-28, authorization,
 * "Step-Up Authorization Flow").
 */

/** The scopes that each scope implies, directly. */
export type ImpliedScopes = Readonly<Record<string, readonly string[]>>;

/** Those given, and all that they imply. */
export function granted(scopes: readonly string[], implied: ImpliedScopes): Set<string> {
  const all = new Set<string>();
  const add = (scope: string): void => {
    if (all.has(scope)) return;
    all.add(scope);
    if (Object.hasOwn(implied, scope)) implied[scope]?.forEach(add);
  };
  scopes.forEach(add);
  return all;
}

/** A scope's value as RFC 6749, section 3.3, has it. */
export const isScope = (text: string): boolean => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text);

/** The scopes of a token: a list in text or, as some issuers have it, an array. */
export function scopesOf(claim: unknown): string[] {
  const list = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(' ') : [];
  return list.filter((scope): scope is string => typeof scope === 'string' && isScope(scope));
}

/**
 * Without `offline_access`, which gives refresh tokens to clients and which no resource needs (specification 2026-07-28, authorization,
 * "Refresh Tokens").
 */
export const forResource = (scopes: Iterable<string>): string[] =>
  [...new Set(scopes)].filter((scope) => scope !== 'offline_access');
