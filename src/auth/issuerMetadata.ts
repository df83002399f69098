/** Fetches an issuer's metadata (RFC 8414), which has the URLs of its keys and of its introspection endpoint. */
import { z } from 'zod/v4';
import { isPrivateUrl } from '../net/address';
import { NotJson, fetchJson } from './boundedJson';

/** Keys and the node's own client secret are sent over https only. Loopback addresses may use http, for development. */
const Endpoint = z.string().refine(isPrivateUrl, 'it is no https URL');

const Metadata = z.object({
  issuer: z.string(),
  jwks_uri: Endpoint.optional(),
  introspection_endpoint: Endpoint.optional(),
});
export type IssuerMetadata = z.infer<typeof Metadata>;

/**
 * The URLs at which the metadata may be, in the order that the specification prescribes (2025-11-25, authorization,
 * "Authorization Server Metadata Discovery").
 */
function placesOf(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
  return [...new Set(places)];
}

/** @throws Error in one sentence */
export async function discover(issuer: string): Promise<IssuerMetadata> {
  let page: NotJson | undefined;
  for (const place of placesOf(issuer)) {
    const found = await fetchJson(place).catch((error: unknown) => {
      if (!(error instanceof NotJson)) throw error;
      page ??= error; // many servers answer an HTML page, with status 200, for a missing path
    });
    if (found === undefined) continue;
    const parsed = Metadata.safeParse(found);
    if (!parsed.success)
      throw new Error(
        `${place} is not the metadata of an issuer: ${z.prettifyError(parsed.error).split('\n').join(' ')}`,
      );
    // RFC 8414, section 3.3: otherwise one issuer could impersonate another.
    if (parsed.data.issuer !== issuer)
      throw new Error(`${place} is of the issuer ${parsed.data.issuer.slice(0, 200)}; name it exactly so`);
    return parsed.data;
  }
  throw page ?? new Error(`it has no metadata at ${placesOf(issuer).join(' or ')}`);
}
