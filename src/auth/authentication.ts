/**
 * Checks the credential of every request (specification 2025-11-25, authorization). This class knows no HTTP server:
 * its input is the text of the `Authorization` header, its output includes the text for `WWW-Authenticate`.
 */
import type { Logger } from 'pino';
import type { Authenticated } from './authenticated';
import { ApiKeys, isApiKey } from './apiKeys';
import { bearerOf } from './bearer';
import { challengeOf, type Challenge } from './challenge';
import { Issuer } from './issuer';
import { issuerNamedBy } from './jwt';
import type { IssuerOptions } from './options';
import { InvalidToken } from './refusals';
import { canonical, metadataUrlOf } from './resource';
import { forResource, granted, type ImpliedScopes } from './scopes';
import { TokenCache } from './tokenCache';
import { CLOCK_TOLERANCE_S } from './tokenClaims';

export interface AuthenticationOptions {
  /** The URL at which clients reach the MCP endpoint. Required if `issuers` is not empty. */
  readonly publicUrl?: string;
  readonly issuers: readonly IssuerOptions[];
  /** The file of API keys. Absent if API keys are not accepted. */
  readonly keyFile?: string;
  /** The scopes that every request needs. */
  readonly scopes: readonly string[];
  readonly impliedScopes: ImpliedScopes;
  readonly algorithms: readonly string[];
  /** The names of the claims that handlers get in `ctx.auth.claims`. */
  readonly claims: readonly string[];
  readonly log: Logger;
}

/** The scopes that a caller lacks for a request, and all scopes that its next token needs. */
export interface Lack {
  readonly missing: readonly string[];
  readonly needed: readonly string[];
}

/** A JWT whose signing key the issuer has withdrawn is accepted for at most this long after the node knows. */
const KEPT_MS = 30_000;

const keptMs = ({ expiresAt = Infinity }: Authenticated): number =>
  Math.min(KEPT_MS, expiresAt + CLOCK_TOLERANCE_S * 1_000 - Date.now());

export class Authentication {
  /** The public URL in its canonical form. */
  readonly resource: string | undefined;
  private readonly metadataUrl: string | undefined;
  private readonly issuers: ReadonlyMap<string, Issuer>;
  private readonly keys: ApiKeys | undefined;
  /**
   * JWTs that were verified a moment ago: all requests of a session have the same token, and a signature check costs as much as a whole ping
   * (`npm run bench:authorization`).
   */
  private readonly verified = new TokenCache<Authenticated>();

  constructor(private readonly options: AuthenticationOptions) {
    const { publicUrl, issuers, keyFile, log } = options;
    this.resource = publicUrl === undefined ? undefined : canonical(publicUrl);
    this.metadataUrl = this.resource && issuers.length > 0 ? metadataUrlOf(this.resource) : undefined;
    const common = { ...options, resource: this.resource ?? '' };
    this.issuers = new Map(issuers.map((issuer) => [issuer.url, new Issuer(issuer, common)]));
    this.keys =
      keyFile === undefined
        ? undefined
        : new ApiKeys(keyFile, (error) => {
            log.error({ err: error }, 'the API keys cannot be read, and nobody is let in by one');
          });
  }

  /**
   * Fetches the metadata and keys of all issuers, so that the first request need not wait for them. The node starts even
   * if an issuer is down; the failure is logged.
   * @throws Error in one sentence if the API keys cannot be read
   */
  async prepare(): Promise<void> {
    await this.keys?.prepare();
    await Promise.all([...this.issuers.values()].map((issuer) => issuer.prepare()));
  }

  /**
   * The caller that an `Authorization` header proves; `undefined` if there is no bearer token.
   * @throws InvalidToken, IssuerUnavailable
   */
  async authenticate(authorization: string | undefined): Promise<Authenticated | undefined> {
    const token = bearerOf(authorization);
    if (token === undefined) return undefined;
    if (this.keys && isApiKey(token)) return this.keys.verify(token);
    const known = this.verified.get(token);
    if (known) return known;
    const named = await issuerNamedBy(token);
    if (named !== undefined) {
      const issuer = this.issuers.get(named);
      if (!issuer) throw new InvalidToken('The access token is of an issuer that is not accepted here');
      const authenticated = await issuer.verifyJwt(token);
      this.verified.keep(token, authenticated, performance.now() + keptMs(authenticated));
      return authenticated;
    }
    return this.introspect(token);
  }

  /** `undefined` if the caller has all scopes of `needed`, directly or implied. */
  lacks({ principal }: Authenticated, needed: readonly string[]): Lack | undefined {
    if (needed.length === 0) return undefined;
    const has = granted(principal.scopes, this.options.impliedScopes);
    const missing = needed.filter((scope) => !has.has(scope));
    if (missing.length === 0) return undefined;
    // The new token replaces the old one, so it needs the scopes of the old one as well.
    return { missing, needed: forResource([...principal.scopes, ...this.options.scopes, ...needed]) };
  }

  lacksForAny(caller: Authenticated): Lack | undefined {
    return this.lacks(caller, this.options.scopes);
  }

  challenge(challenge: Partial<Challenge>): string {
    return challengeOf({ scopes: this.options.scopes, ...challenge, metadataUrl: this.metadataUrl });
  }

  /** The protected resource metadata (RFC 9728, section 2); `undefined` without an issuer. */
  get metadata(): Record<string, unknown> | undefined {
    if (this.metadataUrl === undefined) return undefined;
    const { scopes } = this.options;
    return {
      resource: this.resource,
      authorization_servers: [...this.issuers.keys()],
      ...(scopes.length > 0 && {
        scopes_supported: forResource(scopes),
      }),
      bearer_methods_supported: ['header'],
    };
  }

  /** An opaque token does not name its issuer, so at most one issuer is asked about such tokens. */
  private async introspect(token: string): Promise<Authenticated> {
    const issuer = [...this.issuers.values()].find(({ introspects }) => introspects);
    if (!issuer) throw new InvalidToken('The access token is of no kind that is accepted here');
    return issuer.introspect(token);
  }
}
