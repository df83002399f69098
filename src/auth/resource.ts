/**
 * The protected resource: the MCP endpoint's public URL (RFC 8707, section 2; specification 2025-11-25,
 * authorization, "Canonical Server URI").
 */

/** The form in which URLs are compared: scheme and host in lower case, no fragment, no trailing slash. */
export function canonical(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/, '')}${search}`;
}

/** Whether an `aud` claim names this resource. Audiences that are no URL are ignored. */
export const isFor = (resource: string, audience: unknown): boolean =>
  (Array.isArray(audience) ? audience : [audience]).some(
    (each) => typeof each === 'string' && URL.canParse(each) && canonical(each) === resource,
  );

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** The URL of the resource's metadata (RFC 9728, section 3.1). */
export function metadataUrlOf(resource: string): string {
  const { origin, pathname, search } = new URL(resource);
  return `${origin}${WELL_KNOWN}${pathname === '/' ? '' : pathname}${search}`;
}

/**
 * The paths at which a node serves the metadata: the path that belongs to the public URL; the path that belongs to the
 * endpoint, in case a proxy rewrites paths; and the root's, the last that clients try.
 */
export const metadataPathsOf = (resource: string, endpoint: string): string[] => [
  ...new Set([new URL(metadataUrlOf(resource)).pathname, `${WELL_KNOWN}${endpoint}`, WELL_KNOWN]),
];
