/** An issuer's metadata: where its keys are, and where it says what an opaque token means. */
import { z } from 'zod/v4';
import { fetchJson } from './boundedJson';

const Metadata = z.object({
  issuer: z.string(),
  jwks_uri: z.url().optional(),
  introspection_endpoint: z.url().optional(),
});
export type IssuerMetadata = z.infer<typeof Metadata>;

/**
 * The places of the metadata, in the order of specification 2025-11-25, authorization, "Authorization Server Metadata
 * Discovery".
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
  for (const place of placesOf(issuer)) {
    const found = await fetchJson(place);
    if (found === undefined) continue;
    const parsed = Metadata.safeParse(found);
    if (!parsed.success) throw new Error(`${place} is not the metadata of an issuer`);
    // RFC 8414, section 3.3: one issuer must not speak for another.
    if (parsed.data.issuer !== issuer)
      throw new Error(`${place} is of the issuer ${parsed.data.issuer.slice(0, 200)}; name it exactly so`);
    return parsed.data;
  }
  throw new Error(`it has no metadata at ${placesOf(issuer).join(' or ')}`);
}
