/** Turns the command line's options into a node's authorization options. */
import { keyFileIn } from '../auth/keyFile';
import type { AuthorizationOptions } from '../auth/options';
import type { AUTH } from './authOptions';
import type { ValuesOf } from './options';

export type AuthValues = ValuesOf<readonly [...typeof AUTH, 'data']>;

const SECRET = 'DURABLE_MCP_INTROSPECTION_SECRET';
const PRINCIPAL_KEY = 'DURABLE_MCP_PRINCIPAL_KEY';
/** With a key that can be guessed, the names behind the HMACs could be guessed too. */
const SHORTEST_KEY = 32;

/** `undefined` if no option about authorization is given. @throws Error in one sentence */
export function authBy(options: AuthValues): AuthorizationOptions | 'none' | undefined {
  const { auth, authIssuer, authKeys, introspectionClient, data, publicUrl } = options;
  const isOn = authIssuer.length > 0 || authKeys;
  if (!auth && isOn)
    throw new Error(
      '--no-auth lets everybody in, and --auth-issuer or --auth-keys do not; give one of them.',
    );
  if (!auth) return 'none';
  if (!isOn) {
    const lists = (['authScope', 'authClaim', 'authAlgorithm'] as const).some(
      (name) => options[name].length > 0,
    );
    const others =
      [introspectionClient, publicUrl].some((value) => value !== undefined) || options.hashPrincipal;
    if (lists || others || Object.keys(options.authImplies).length > 0)
      throw new Error(
        'Options of authorization do nothing alone; give --auth-issuer or --auth-keys as well.',
      );
    return undefined;
  }
  return {
    publicUrl,
    issuers: issuersBy(authIssuer, introspectionClient),
    keyFile: authKeys ? keyFileIn(data) : undefined,
    scopes: options.authScope,
    impliedScopes: options.authImplies,
    claims: options.authClaim,
    algorithms: options.authAlgorithm.length > 0 ? options.authAlgorithm : undefined,
  };
}

/** The key for `--hash-principal`; `undefined` without that option. @throws Error in one sentence */
export function principalKeyBy({ hashPrincipal }: AuthValues): string | undefined {
  if (!hashPrincipal) return undefined;
  const key = process.env[PRINCIPAL_KEY] ?? '';
  if (key.length < SHORTEST_KEY)
    throw new Error(`--hash-principal needs ${PRINCIPAL_KEY}, a text of ${SHORTEST_KEY} characters or more.`);
  return key;
}

function issuersBy(urls: readonly string[], clientId: string | undefined) {
  if (clientId === undefined) return urls.map((url) => ({ url }));
  const clientSecret = process.env[SECRET];
  if (!clientSecret) throw new Error(`--introspection-client needs its secret in ${SECRET}.`);
  const [url, ...more] = urls;
  // Several issuers would all get the client secret of one.
  if (url === undefined || more.length > 0)
    throw new Error('--introspection-client is for one issuer; give exactly one --auth-issuer.');
  return [{ url, introspection: { clientId, clientSecret } }];
}
