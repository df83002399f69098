/**
 * Scopes and their hierarchy: a broader scope implies narrower ones (specification 2026-07-28, authorization,
 * "Step-Up Authorization Flow").
 */
import { isScope } from '../shared/scope';

/** For each broader scope, the scopes that it directly implies. */
export type ImpliedScopes = Readonly<Record<string, readonly string[]>>;

/** `scopes` and all scopes that they imply, directly or indirectly. */
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

/** The scopes in a claim: a string with blanks between the scopes or, from some issuers, an array. */
export function scopesOf(claim: unknown): string[] {
  const list = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(' ') : [];
  return list.filter((scope): scope is string => typeof scope === 'string' && isScope(scope));
}

/**
 * Removes duplicates and `offline_access`, a scope for getting refresh tokens, which a server should not ask for
 * (specification 2026-07-28, authorization, "Refresh Tokens").
 */
export const forResource = (scopes: Iterable<string>): string[] =>
  [...new Set(scopes)].filter((scope) => scope !== 'offline_access');
