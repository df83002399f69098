/**
 * Verifies opaque access tokens by asking their issuer (token introspection, RFC 7662). Answers are cached under a hash
 * of the token, for at most 30 s so that a revoked token soon stops working.
 */
import type * as OAuth from 'oauth4webapi';
import type { Authenticated, Verifier } from './authenticated';
import { boundedFetch } from './boundedJson';
import type { IssuerMetadata } from './issuerMetadata';
import type { IntrospectionClient } from './options';
import type { Refreshed } from './refreshed';
import { InvalidToken, IssuerUnavailable } from './refusals';
import { TokenCache } from './tokenCache';
import { CLOCK_TOLERANCE_S, authenticatedBy, type Claims, type ClaimsOptions } from './tokenClaims';

const KEPT_MS = 30_000;
/** Each unknown token costs the issuer a request. While this many requests are open, further unknown tokens get a 503. */
const MOST_AT_ONCE = 100;

export class IntrospectionVerifier implements Verifier {
  /** The caches are separate so that a flood of made-up tokens evicts no valid one. */
  private readonly valid = new TokenCache<Promise<Authenticated>>();
  private readonly others = new TokenCache<Promise<Authenticated>>();
  private underWay = 0;

  constructor(
    private readonly issuer: string,
    private readonly metadata: Refreshed<IssuerMetadata>,
    private readonly client: IntrospectionClient,
    private readonly options: ClaimsOptions,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  async verify(token: string): Promise<Authenticated> {
    const known = this.valid.get(token) ?? this.others.get(token);
    if (known) return notExpired(known);
    const until = performance.now() + KEPT_MS;
    const wasValid = this.valid.has(token);
    const answer = this.introspect(token, wasValid);
    (wasValid ? this.valid : this.others).keep(token, answer, until);
    answer.then(
      () => {
        this.others.delete(token);
        this.valid.keep(token, answer, until);
      },
      (error: unknown) => {
        this.valid.delete(token);
        if (!(error instanceof InvalidToken)) this.others.delete(token);
        else this.others.keep(token, answer, until);
      },
    );
    return notExpired(answer);
  }

  private async introspect(token: string, isKnown: boolean): Promise<Authenticated> {
    if (!isKnown && this.underWay >= MOST_AT_ONCE)
      throw this.failed(new Error('too many of its answers are awaited'));
    this.underWay++;
    try {
      return { ...this.check(await this.ask(token)), isRevoked: () => this.isRevoked(token) };
    } finally {
      this.underWay--;
    }
  }

  /** Only for a token that was valid before. While the issuer does not answer, the token counts as not revoked. */
  private isRevoked(token: string): Promise<boolean> {
    return this.verify(token).then(
      () => false,
      (error: unknown) => error instanceof InvalidToken,
    );
  }

  private async ask(token: string): Promise<Claims> {
    const endpoint = await this.endpoint().catch((error: unknown) => {
      throw this.failed(error);
    });
    try {
      const oauth = await import('oauth4webapi');
      const server: OAuth.AuthorizationServer = { issuer: this.issuer, introspection_endpoint: endpoint };
      const { clientId, clientSecret } = this.client;
      const client: OAuth.Client = { client_id: clientId };
      const response = await oauth.introspectionRequest(
        server,
        client,
        oauth.ClientSecretBasic(clientSecret),
        token,
        {
          [oauth.allowInsecureRequests]: endpoint.startsWith('http:'),
          [oauth.customFetch]: (url: string, init: OAuth.CustomFetchOptions<'POST', URLSearchParams>) =>
            boundedFetch(url, { method: init.method, headers: init.headers, body: init.body }),
          additionalParameters: { token_type_hint: 'access_token' },
        },
      );
      return await oauth.processIntrospectionResponse(server, client, response);
    } catch (error) {
      throw this.failed(withoutAnswer(error));
    }
  }

  private async endpoint(): Promise<string> {
    const { introspection_endpoint: endpoint } = await this.metadata.get();
    if (endpoint === undefined) throw new Error('its metadata names no introspection_endpoint');
    return endpoint;
  }

  private failed(cause: unknown): IssuerUnavailable {
    const failure = new IssuerUnavailable(this.issuer, cause);
    this.onFailure(failure);
    return failure;
  }

  private check(members: Claims): Authenticated {
    if (members.active !== true) throw new InvalidToken('The access token has expired or was revoked');
    if (members.iss !== undefined && members.iss !== this.issuer)
      throw new InvalidToken('The access token is of another issuer');
    if (typeof members.nbf === 'number' && members.nbf * 1_000 > Date.now() + CLOCK_TOLERANCE_S * 1_000)
      throw new InvalidToken('The access token is not valid yet');
    return authenticatedBy(this.issuer, members, this.options);
  }
}

async function notExpired(answer: Promise<Authenticated>): Promise<Authenticated> {
  const authenticated = await answer;
  const { expiresAt = Infinity } = authenticated;
  if (expiresAt + CLOCK_TOLERANCE_S * 1_000 < Date.now())
    throw new InvalidToken('The access token has expired');
  return authenticated;
}

/** An error for the log, without the issuer's answer: the answer has personal data and may repeat the token. */
function withoutAnswer(error: unknown): Error {
  const { name = 'Error', status, code, cause } = error as Record<string, unknown>;
  const reason = [name, status, code, (cause as { code?: unknown } | undefined)?.code].filter(
    (each) => typeof each === 'string' || typeof each === 'number',
  );
  return new Error(`its introspection failed (${reason.join(' ')})`);
}
