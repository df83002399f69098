/** The `WWW-Authenticate` header (RFC 6750, section 3; RFC 9728, section 5.1). */

import { forResource } from './scopes';

export interface Challenge {
  /** Absent for a request that had no credential (RFC 6750, section 3.1). */
  readonly error?: 'invalid_token' | 'insufficient_scope';
  readonly description?: string;
  /** The scopes that the client is to ask its issuer for. */
  readonly scopes: Iterable<string>;
  /** Absent where no issuer gives out tokens. */
  readonly metadataUrl?: string;
}

export function challengeOf({ error, description, scopes, metadataUrl }: Challenge): string {
  const scope = forResource(scopes).join(' ');
  const parts = Object.entries({
    error,
    error_description: description,
    scope: scope || undefined,
    resource_metadata: metadataUrl,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${quoted(value)}"`]));
  return ['Bearer', parts.join(', ')].filter(Boolean).join(' ');
}

/** As RFC 6750 allows: neither quotation marks nor backslashes, nor anything that is not ASCII. */
const quoted = (text: string): string => text.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?');
