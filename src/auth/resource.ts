/**
 * The protected resource: the MCP endpoint's public URL (RFC 8707, section 2; specification 2025-11-25,
 * authorization, "Canonical Server URI").
 */

/** The form in which URLs are compared: scheme and host in lower case, no fragment, no slash at the end. */
export function canonical(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/, '')}${search}`;
}

/** Whether a token is for this resource. An audience need not be a URL. */
export const isFor = (resource: string, audience: unknown): boolean =>
  (Array.isArray(audience) ? audience : [audience]).some(
    (each) => typeof each === 'string' && URL.canParse(each) && canonical(each) === resource,
  );

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** Where the resource's metadata is (RFC 9728, section 3.1). */
export function metadataUrlOf(resource: string): string {
  const { origin, pathname, search } = new URL(resource);
  return `${origin}${WELL_KNOWN}${pathname === '/' ? '' : pathname}${search}`;
}

/**
 * The paths at which a node answers with the metadata: that of the public URL; those of the endpoint itself, for a
 * proxy that changes paths; and the root's, where clients look last.
 */
export const metadataPathsOf = (resource: string, endpoint: string): string[] => [
  ...new Set([new URL(metadataUrlOf(resource)).pathname, `${WELL_KNOWN}${endpoint}`, WELL_KNOWN]),
];
