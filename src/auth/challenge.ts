/** The `WWW-Authenticate` header (RFC 6750, section 3; RFC 9728, section 5.1). */

import { forResource } from './scopes';

export interface Challenge {
  /** Absent if the request had no credential (RFC 6750, section 3.1). */
  readonly error?: 'invalid_token' | 'insufficient_scope';
  readonly description?: string;
  /** The scopes that the client should request from its issuer. */
  readonly scopes: Iterable<string>;
  /** The URL of the protected resource metadata. Absent without an issuer. */
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

/** Replaces the characters that RFC 6750, section 3, forbids in these values: quotation marks, backslashes, non-ASCII. */
const quoted = (text: string): string => text.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?');
