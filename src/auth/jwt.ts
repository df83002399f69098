/** Verifies access tokens that are JWTs, by the keys that their issuer publishes (RFC 9068, RFC 7517). */
import type * as Jose from 'jose';
import { z } from 'zod/v4';
import type { Authenticated, Verifier } from './authenticated';
import { fetchJson } from './boundedJson';
import type { IssuerMetadata } from './issuerMetadata';
import { Refreshed } from './refreshed';
import { InvalidToken, IssuerUnavailable } from './refusals';
import { CLOCK_TOLERANCE_S, authenticatedBy, type ClaimsOptions } from './tokenClaims';

/** The asymmetric algorithms. `none` proves nothing, and with HS256 the public key could be used as the HMAC secret. */
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

export interface JwtOptions extends ClaimsOptions {
  readonly algorithms: readonly string[];
}

/** Limits the keys tried for a token that names none: each try is a signature verification. */
const MOST_KEYS_TRIED = 8;
const TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];

interface Keys {
  readonly find: ReturnType<typeof Jose.createLocalJWKSet>;
}

export class JwtVerifier implements Verifier {
  private readonly keys: Refreshed<Keys>;

  constructor(
    private readonly issuer: string,
    metadata: Refreshed<IssuerMetadata>,
    private readonly options: JwtOptions,
    onFailure: (error: unknown) => void,
  ) {
    this.keys = new Refreshed(async () => {
      const { jwks_uri: place } = await metadata.get();
      if (place === undefined)
        throw new Error('its metadata names no jwks_uri, so its JWTs cannot be checked');
      const parsed = KeySet.safeParse(await fetchJson(place));
      if (!parsed.success) throw new Error(`${place} is not a set of keys`);
      const { createLocalJWKSet } = await import('jose');
      return { find: createLocalJWKSet(parsed.data as Jose.JSONWebKeySet) };
    }, onFailure);
  }

  /** Fetches the issuer's keys ahead of the first token. @throws IssuerUnavailable */
  async prepare(): Promise<void> {
    await this.known();
  }

  async verify(token: string): Promise<Authenticated> {
    const { errors } = await import('jose');
    const keys = await this.known();
    try {
      return await this.verifyBy(token, keys);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw reasonOf(error, errors);
    }
    // The issuer may have a new key. If it cannot be asked now, a 503 makes the client keep its token.
    const newer = await this.keys.newerThan(keys);
    if (!newer) throw new IssuerUnavailable(this.issuer, new Error('a token names a key that is not known'));
    return this.verifyBy(token, newer).catch((error: unknown) => {
      throw reasonOf(error, errors);
    });
  }

  private known(): Promise<Keys> {
    return this.keys.get().catch((error: unknown) => {
      throw new IssuerUnavailable(this.issuer, error);
    });
  }

  private async verifyBy(token: string, { find }: Keys): Promise<Authenticated> {
    const { payload } = await this.verifySignature(token, find);
    return authenticatedBy(this.issuer, payload, this.options);
  }

  private async verifySignature(token: string, find: Keys['find']): Promise<Jose.JWTVerifyResult> {
    const { errors, jwtVerify } = await import('jose');
    const options: Jose.JWTVerifyOptions = {
      issuer: this.issuer,
      algorithms: [...this.options.algorithms],
      requiredClaims: ['exp', 'aud'],
      clockTolerance: CLOCK_TOLERANCE_S,
    };
    const verified = await jwtVerify(token, find, options).catch(async (error: unknown) => {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      return this.verifyByAny(token, error, options);
    });
    // RFC 9068, section 4: the same issuer also signs other tokens, such as ID tokens, which must not count.
    if (!TYPES.includes((verified.protectedHeader.typ ?? 'jwt').toLowerCase()))
      throw new InvalidToken('The token is no access token');
    return verified;
  }

  /** For a token without `kid` while the issuer has several keys, as during a key rotation. */
  private async verifyByAny(
    token: string,
    candidates: Jose.errors.JWKSMultipleMatchingKeys,
    options: Jose.JWTVerifyOptions,
  ): Promise<Jose.JWTVerifyResult> {
    const { errors, jwtVerify } = await import('jose');
    let tried = 0;
    for await (const key of candidates) {
      if (++tried > MOST_KEYS_TRIED) break;
      const verified = await jwtVerify(token, key, options).catch((error: unknown) => {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      });
      if (verified) return verified;
    }
    throw new InvalidToken("The access token's signature could not be verified");
  }
}

/** Maps an error of jose to the refusal that the client gets. */
function reasonOf(error: unknown, errors: typeof Jose.errors): unknown {
  if (error instanceof errors.JWTExpired) return new InvalidToken('The access token has expired');
  if (error instanceof errors.JWTClaimValidationFailed)
    return new InvalidToken(
      error.claim === 'nbf'
        ? 'The access token is not valid yet'
        : `The access token's ${error.claim} is missing or not accepted here`,
    );
  if (error instanceof errors.JOSEAlgNotAllowed)
    return new InvalidToken("The access token's algorithm is not allowed here");
  if (error instanceof errors.JWKSNoMatchingKey)
    return new InvalidToken("The access token's key is none of its issuer's");
  if (error instanceof InvalidToken) return error;
  // Not an error of jose: the issuer's key could not be imported.
  return new InvalidToken("The access token's signature could not be verified");
}

/** The `iss` of a JWT that is not verified yet; `undefined` if the token is no JWT. */
export async function issuerNamedBy(token: string): Promise<string | undefined> {
  if (token.split('.').length !== 3) return undefined;
  const { decodeJwt } = await import('jose');
  try {
    return String(decodeJwt(token).iss);
  } catch {
    return undefined;
  }
}
