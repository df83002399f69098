/**
 * Tokens of a provider of the official SDK, refreshed once for all processes of one store: an authorization
 * server that rotates refresh tokens takes the second use of one for a theft, and ends the grant.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { digestOf } from '../core/digest';
import { Lease } from '../core/lease';
import { Records } from '../core/records';
import { WireIds } from '../core/wireIds';
import { begin, end } from '../core/holder';
import { AuthRequired } from '../errors';
import type { TokenSource } from '../http/options';
import type { SessionStore } from '../store/store';

const LOOK_MS = 200;

export class OAuthTokenSource implements TokenSource {
  private readonly prefix = new WireIds().prefix;
  private readonly records: Records;
  private refreshing: Promise<void> | undefined;

  constructor(
    private readonly provider: OAuthClientProvider,
    private readonly url: URL,
    store: SessionStore,
    user = '',
  ) {
    this.records = new Records(store, digestOf(JSON.stringify(['oauth', url.origin, user])));
  }

  async token(): Promise<string | undefined> {
    return (await this.provider.tokens())?.access_token;
  }

  /** One refresh at a time. @throws AuthRequired if the user has to sign in */
  refused(response: Response, token: string | undefined): Promise<void> {
    const challenge = challengeOf(response);
    // A 401 may name scopes too.
    const lacksScopes = response.status === 403;
    this.refreshing ??= this.refresh(challenge, token, lacksScopes).finally(
      () => (this.refreshing = undefined),
    );
    return this.refreshing;
  }

  private async refresh(
    challenge: Challenge,
    refused: string | undefined,
    lacksScopes: boolean,
  ): Promise<void> {
    const lease = new Lease(this.records, 'refresh', this.prefix);
    begin(this.prefix);
    try {
      while (await lease.hold()) await pause(LOOK_MS);
      const tokens = await this.provider.tokens();
      // Another one has refreshed it meanwhile; a token that lacks scopes is not helped by that.
      if (tokens && tokens.access_token !== refused && !lacksScopes) return;
      const result = await auth(careful(this.provider, tokens), { serverUrl: this.url, ...challenge });
      if (result !== 'AUTHORIZED') throw signIn(this.url);
    } finally {
      await lease.release().catch(() => undefined);
      end(this.prefix);
    }
  }
}

/** Before its tokens are forgotten, they are read again: those that were refused may be another's old ones. */
function careful(provider: OAuthClientProvider, used: OAuthTokens | undefined): OAuthClientProvider {
  const invalidate: OAuthClientProvider['invalidateCredentials'] = async (scope) => {
    const now = await provider.tokens();
    const isNewer = now?.refresh_token !== used?.refresh_token;
    if (scope === 'tokens' && isNewer) return;
    await provider.invalidateCredentials?.(scope);
  };
  return new Proxy(provider, {
    get(target, name) {
      if (name === 'invalidateCredentials') return invalidate;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

interface Challenge {
  readonly scope?: string;
  readonly resourceMetadataUrl?: URL;
}

/** RFC 9728, section 5.1, and RFC 6750, section 3. */
function challengeOf(response: Response): Challenge {
  const header = response.headers.get('www-authenticate') ?? '';
  const field = (name: string) => new RegExp(`\\b${name}="([^"]+)"`).exec(header)?.[1];
  const metadata = field('resource_metadata');
  return {
    scope: field('scope'),
    ...(metadata !== undefined && URL.canParse(metadata) && { resourceMetadataUrl: new URL(metadata) }),
  };
}

const signIn = ({ origin }: URL): AuthRequired =>
  new AuthRequired(
    `${origin} wants its user to sign in; the provider was told where, and the call can be repeated after that.`,
    {
      phase: 'unsent',
      retryable: true,
    },
  );

export const isProvider = (given: TokenSource | OAuthClientProvider): given is OAuthClientProvider =>
  'tokens' in given;
