/**
 * Who is asking: the check of every request's credential (specification 2025-11-25, authorization). Independent of
 * HTTP's server: it gets the `Authorization` header, and says what the answer's `WWW-Authenticate` is to be.
 */
import type { Logger } from 'pino';
import type { Authenticated } from './authenticated';
import { ApiKeys, isApiKey } from './apiKeys';
import { bearerOf } from './bearer';
import { challengeOf, type Challenge } from './challenge';
import { Issuer } from './issuer';
import { issuerNamedBy } from './jwt';
import type { IssuerOptions } from './options';
import { InvalidToken, IssuerUnavailable } from './refusals';
import { canonical, metadataUrlOf } from './resource';
import { forResource, granted, type ImpliedScopes } from './scopes';
import { VerifiedTokens } from './verifiedTokens';

export interface AuthenticationOptions {
  /** The URL of the endpoint, as clients have it. Absent only where there are no issuers. */
  readonly publicUrl?: string;
  readonly issuers: readonly IssuerOptions[];
  /** The file of API keys, if those are accepted. */
  readonly keyFile?: string;
  /** Every request needs these. */
  readonly scopes: readonly string[];
  readonly impliedScopes: ImpliedScopes;
  readonly algorithms: readonly string[];
  /** The claims that authors get. */
  readonly claims: readonly string[];
  readonly log: Logger;
}

/** What a caller lacks for a request: the missing scopes, and all that its next token needs. */
export interface Lack {
  readonly missing: readonly string[];
  readonly needed: readonly string[];
}

export class Authentication {
  /** The public URL in its canonical form. */
  readonly resource: string | undefined;
  private readonly issuers: ReadonlyMap<string, Issuer>;
  private readonly keys: ApiKeys | undefined;
  private readonly verified = new VerifiedTokens();

  constructor(private readonly options: AuthenticationOptions) {
    const { publicUrl, issuers, keyFile, log } = options;
    this.resource = publicUrl === undefined ? undefined : canonical(publicUrl);
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
   * Fetches what the first request needs. An issuer that is down is logged, and does not keep the node from starting.
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
      return this.verified.keep(token, await issuer.verifyJwt(token));
    }
    return this.introspect(token);
  }

  /** What is missing; `undefined` if nothing is. */
  lacks({ principal }: Authenticated, needed: readonly string[]): Lack | undefined {
    const has = granted(principal.scopes, this.options.impliedScopes);
    const missing = needed.filter((scope) => !has.has(scope));
    if (missing.length === 0) return undefined;
    // All that the client has as well: the new token takes the place of the old one.
    return { missing, needed: forResource([...principal.scopes, ...this.options.scopes, ...needed]) };
  }

  lacksForAny(caller: Authenticated): Lack | undefined {
    return this.lacks(caller, this.options.scopes);
  }

  challenge(challenge: Partial<Challenge>): string {
    const hasIssuers = this.issuers.size > 0 && this.resource !== undefined;
    const metadataUrl = hasIssuers ? metadataUrlOf(this.resource ?? '') : undefined;
    return challengeOf({ scopes: this.options.scopes, ...challenge, metadataUrl });
  }

  /** The document of RFC 9728, section 2; `undefined` where no issuer gives out tokens. */
  get metadata(): Record<string, unknown> | undefined {
    if (this.resource === undefined || this.issuers.size === 0) return undefined;
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

  /** An opaque token does not say whose it is. */
  private async introspect(token: string): Promise<Authenticated> {
    let last: unknown = new InvalidToken('The access token is of no kind that is accepted here');
    for (const issuer of this.issuers.values()) {
      if (!issuer.introspects) continue;
      try {
        return await issuer.introspect(token);
      } catch (error) {
        // A token that one issuer does not know may be of another that is down.
        if (!(last instanceof IssuerUnavailable)) last = error;
      }
    }
    throw last;
  }
}
