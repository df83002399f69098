/**
 * Opaque access tokens: their issuer says what they mean (RFC 7662). Its answers are kept for at most 30 s, under a
 * hash of the token, so that a revoked token ends soon.
 */
import { createHash } from 'node:crypto';
import type * as OAuth from 'oauth4webapi';
import type { Authenticated, Verifier } from './authenticated';
import { boundedFetch } from './boundedJson';
import type { IssuerMetadata } from './issuerMetadata';
import type { IntrospectionClient } from './options';
import type { Refreshed } from './refreshed';
import { InvalidToken, IssuerUnavailable } from './refusals';
import { CLOCK_TOLERANCE_S, authenticatedBy, type Claims, type ClaimsOptions } from './tokenClaims';

const KEPT_MS = 30_000;
const MOST_KEPT = 10_000;
/** Tokens that nobody knows cost the issuer a request each; more at a time wait for nothing. */
const MOST_AT_ONCE = 100;

interface Kept {
  readonly answer: Promise<Authenticated>;
  readonly until: number;
}

export class IntrospectionVerifier implements Verifier {
  private readonly kept = new Map<string, Kept>();
  private underWay = 0;

  constructor(
    private readonly issuer: string,
    private readonly metadata: Refreshed<IssuerMetadata>,
    private readonly client: IntrospectionClient,
    private readonly options: ClaimsOptions,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  verify(token: string): Promise<Authenticated> {
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.kept.get(key);
    if (known && known.until > performance.now()) return notExpired(known.answer);
    const answer = this.introspect(token);
    this.kept.delete(key);
    this.kept.set(key, { answer, until: performance.now() + KEPT_MS });
    answer.catch((error: unknown) => {
      if (!(error instanceof InvalidToken)) this.kept.delete(key);
    });
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return notExpired(answer);
  }

  private async introspect(token: string): Promise<Authenticated> {
    if (this.underWay >= MOST_AT_ONCE)
      throw new IssuerUnavailable(this.issuer, new Error('too many of its answers are awaited'));
    this.underWay++;
    try {
      return this.check(await this.ask(token));
    } finally {
      this.underWay--;
    }
  }

  private async ask(token: string): Promise<Claims> {
    try {
      const oauth = await import('oauth4webapi');
      const { introspection_endpoint } = await this.metadata.get();
      if (introspection_endpoint === undefined)
        throw new Error('its metadata names no introspection_endpoint');
      const server: OAuth.AuthorizationServer = { issuer: this.issuer, introspection_endpoint };
      const { clientId, clientSecret } = this.client;
      const client: OAuth.Client = { client_id: clientId };
      const response = await oauth.introspectionRequest(
        server,
        client,
        oauth.ClientSecretBasic(clientSecret),
        token,
        {
          [oauth.allowInsecureRequests]: introspection_endpoint.startsWith('http:'),
          [oauth.customFetch]: (url: string, init: OAuth.CustomFetchOptions<'POST', URLSearchParams>) =>
            boundedFetch(url, { method: init.method, headers: init.headers, body: init.body }),
          additionalParameters: { token_type_hint: 'access_token' },
        },
      );
      return await oauth.processIntrospectionResponse(server, client, response);
    } catch (error) {
      this.onFailure(error);
      throw new IssuerUnavailable(this.issuer, error);
    }
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
