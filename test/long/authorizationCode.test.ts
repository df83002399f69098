/**
 * The official TypeScript client with a real identity provider, a balancer and two nodes: discovery, registration, PKCE, a
 * call, a refreshed token, and more scopes for a tool that requires them. The Python client: pythonAuthorization.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { UnauthorizedError, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { Cluster, textOf } from 'durable-mcp/testing';
import { signIn, startIdentityProvider, type IdentityProvider } from '../fixtures/person';

/** The application of a person: stores what the SDK asks to be stored, and opens no browser. */
class Application implements OAuthClientProvider {
  readonly redirectUrl = 'http://localhost/callback';
  readonly clientMetadata = {
    client_name: 'test',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    scope: 'openid offline_access notes:read notes:write admin',
  };
  /** Every token that the identity provider has given out. */
  readonly given: OAuthTokens[] = [];
  /** The URL at which the person is asked to sign in. */
  wanted: URL | undefined;
  private information: OAuthClientInformationMixed | undefined;
  private verifier = '';

  clientInformation = () => this.information;
  saveClientInformation = (information: OAuthClientInformationMixed) => void (this.information = information);
  tokens = () => this.given.at(-1);
  saveTokens = (tokens: OAuthTokens) => void this.given.push(tokens);
  redirectToAuthorization = (url: URL) => void (this.wanted = url);
  saveCodeVerifier = (verifier: string) => void (this.verifier = verifier);
  codeVerifier = () => this.verifier;

  /**
   * Drops the refresh token. The SDK's client would otherwise refresh its token when it needs more scopes, but a refresh
   * adds no scopes: the person must sign in again.
   */
  forget(): void {
    this.given.push({ ...this.given.at(-1)!, refresh_token: undefined });
  }
}

async function serve(idp: IdentityProvider, more: string[] = []): Promise<Cluster> {
  const cluster = await Cluster.start({ app: 'examples/authorization/server.ts', nodes: 0, workers: 1 });
  const args = ['--auth-issuer', idp.url, '--public-url', cluster.url, '--auth-scope', 'notes:read', ...more];
  await Promise.all([cluster.startNode('0', args), cluster.startNode('0', args)]);
  return cluster;
}

/** Does `work`. If the client must sign in first, signs in and does `work` again. */
async function signingIn<T>(
  application: Application,
  transport: () => StreamableHTTPClientTransport,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnauthorizedError) || !application.wanted) throw error;
    const back = await signIn(application.wanted, name);
    await transport().finishAuth(back.searchParams.get('code') ?? '');
    return work();
  }
}

/** `sessionId`: an existing session to continue. */
async function connect(url: string, name: string, application = new Application(), sessionId?: string) {
  let transport!: StreamableHTTPClientTransport;
  let client!: Client;
  await signingIn(
    application,
    () => transport,
    name,
    async () => {
      transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: application, sessionId });
      client = new Client({ name: 'test', version: '1.0.0' });
      await client.connect(transport);
    },
  );
  return { client, transport, application };
}

describe.each(['jwt', 'opaque'] as const)('with %s tokens', (format) => {
  let idp: IdentityProvider;
  let cluster: Cluster;
  beforeAll(async () => {
    idp = await startIdentityProvider(format, 5);
    process.env.DURABLE_MCP_INTROSPECTION_SECRET = 'secret of the node';
    cluster = await serve(idp, format === 'opaque' ? ['--introspection-client', 'node'] : []);
  });
  afterAll(async () => {
    delete process.env.DURABLE_MCP_INTROSPECTION_SECRET;
    await cluster.stop();
    await idp.stop();
  });

  test('signs in, calls, steps up, and goes on with a new token, in one session', async () => {
    const { client, transport, application } = await connect(cluster.url, 'ada');
    const session = transport.sessionId;
    const call = (name: string, args = {}) =>
      signingIn(
        application,
        () => transport,
        'ada',
        async () => textOf(await client.callTool({ name, arguments: args })),
      );
    expect(await call('read')).toBe('no notes');

    const [first] = [application.given.at(-1)!];
    await expired(first.access_token, cluster.url);
    expect(await call('read')).toBe('no notes');
    expect(application.given.at(-1)?.access_token).not.toBe(first.access_token);
    expect(transport.sessionId).toBe(session);

    await expect(call('write', { text: 'tea' })).rejects.toThrow('403 after trying upscoping');
    application.forget();
    const again = await connect(cluster.url, 'ada', application, session);
    // A new client counts request ids from 0 again. Pings, which the session does not record, use up the ids already used.
    for (let i = 0; i < 10; i++) await again.client.ping();
    await signingIn(
      application,
      () => again.transport,
      'ada',
      async () => {
        expect(textOf(await again.client.callTool({ name: 'write', arguments: { text: 'tea' } }))).toBe(
          'noted for ada',
        );
      },
    );
    expect(application.given.at(-1)?.scope).toContain('notes:write');
    expect(textOf(await again.client.callTool({ name: 'read', arguments: {} }))).toBe('tea');
    expect(again.transport.sessionId).toBe(session);
    expect([...cluster.served.values()].filter((requests) => requests > 0)).toHaveLength(2);
    await Promise.all([client.close(), again.client.close()]);
  });

  test('another person has notes and a session of their own', async () => {
    const { client } = await connect(cluster.url, 'bob');
    expect(textOf(await client.callTool({ name: 'read', arguments: {} }))).toBe('no notes');
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['read', 'write']);
    await client.close();
  });
});

/** Resolves when the token is refused: it has expired, and the clock tolerance has passed too. */
async function expired(token: string, url: string): Promise<void> {
  for (;;) {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    const response = await fetch(url, { headers });
    await response.body?.cancel();
    if (response.status === 401) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
