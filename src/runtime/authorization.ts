/** Builds a node's check of credentials from its options. */
import type { Logger } from 'pino';
import { Authentication } from '../auth/authentication';
import { ALGORITHMS } from '../auth/jwt';
import type { AuthorizationOptions, IssuerOptions } from '../auth/options';
import { isScope } from '../shared/scope';
import { isHttpUrl, isPrivateUrl } from '../net/address';
import { isLoopbackAddress } from '../net/loopback';

/** `undefined` if the node accepts every client without a credential. @throws Error in one sentence */
export async function authenticationBy(
  auth: AuthorizationOptions | 'none' | undefined,
  { boundTo, host, log }: { boundTo: string; host: string; log: Logger },
): Promise<Authentication | undefined> {
  if (!auth && !isLoopbackAddress(boundTo))
    throw new Error(
      `The node would let everybody in who reaches ${host}: name who gives out access tokens (--auth-issuer), accept API keys (--auth-keys), or say --no-auth where the network or a proxy keeps others out (docs/authorization.md).`,
    );
  if (!auth || auth === 'none') return undefined;
  const issuers = (auth.issuers ?? []).map((issuer) =>
    typeof issuer === 'string' ? { url: issuer } : issuer,
  );
  check(auth, issuers);
  const authentication = new Authentication({
    publicUrl: auth.publicUrl,
    issuers,
    keyFile: auth.keyFile,
    scopes: auth.scopes ?? [],
    impliedScopes: auth.impliedScopes ?? {},
    algorithms: auth.algorithms ?? ALGORITHMS,
    claims: auth.claims ?? [],
    log,
  });
  await authentication.prepare();
  return authentication;
}

function check(auth: AuthorizationOptions, issuers: readonly IssuerOptions[]): void {
  if (issuers.length === 0 && !auth.keyFile)
    throw new Error('The node has nobody to let in: name an issuer of access tokens, or a file of API keys.');
  if (issuers.length > 0 && (auth.publicUrl === undefined || !isHttpUrl(auth.publicUrl)))
    throw new Error(
      'The node lacks its public URL, which access tokens are for: give the URL that clients have of the endpoint, such as https://mcp.example.com/mcp (--public-url).',
    );
  // An opaque token does not say whose it is: each issuer would see the tokens of the others.
  if (issuers.filter(({ introspection }) => introspection).length > 1)
    throw new Error('Opaque tokens can be of one issuer only; give one of the issuers its introspection.');
  for (const { url } of issuers)
    if (/\s/.test(url) || !isPrivateUrl(url))
      throw new Error(`The issuer ${url} is no https URL; give it as its metadata names it.`);
  const scopes = [auth.scopes ?? [], Object.entries(auth.impliedScopes ?? {}).flat(2)].flat();
  const wrong = scopes.find((scope) => !isScope(scope));
  if (wrong !== undefined)
    throw new Error(
      `The scope ${JSON.stringify(wrong)} cannot be one: give it without blanks or quotation marks.`,
    );
  if (auth.algorithms?.length === 0)
    throw new Error('No algorithm of signatures is accepted; name some, or leave the list out.');
  const unknown = auth.algorithms?.find((each) => !(ALGORITHMS as readonly string[]).includes(each));
  if (unknown !== undefined)
    throw new Error(`The algorithm ${unknown} is not one of ${ALGORITHMS.join(', ')}.`);
}
