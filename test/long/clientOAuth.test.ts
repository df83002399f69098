/**
 * A connection that signs in by OAuth: the SDK's provider interface, a real identity provider that rotates refresh
 * tokens, a node that wants its tokens.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { Cluster, textOf } from 'durable-mcp/testing';
import { AuthRequired, connect, fileStore, type McpConnection } from '../../src/client';
import { startRotatingIssuer } from '../fixtures/connection/rotatingIssuer';
import { signIn, type IdentityProvider } from '../fixtures/person';

/** What a person's application keeps where all of its processes find it. */
interface Kept {
  information?: OAuthClientInformationMixed;
  verifier: string;
  readonly given: OAuthTokens[];
}

/** One process of the application. */
class Application implements OAuthClientProvider {
  readonly redirectUrl = 'http://localhost/callback';
  readonly clientMetadata = {
    client_name: 'test',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    scope: 'openid offline_access notes:read',
  };
  wanted: URL | undefined;

  constructor(private readonly kept: Kept) {}

  clientInformation = () => this.kept.information;
  saveClientInformation = (information: OAuthClientInformationMixed) =>
    void (this.kept.information = information);
  tokens = () => this.kept.given.at(-1);
  saveTokens = (tokens: OAuthTokens) => void this.kept.given.push(tokens);
  redirectToAuthorization = (url: URL) => void (this.wanted = url);
  saveCodeVerifier = (verifier: string) => void (this.kept.verifier = verifier);
  codeVerifier = () => this.kept.verifier;
}

let idp: IdentityProvider;
let cluster: Cluster;
let folder: string;
beforeAll(async () => {
  idp = await startRotatingIssuer(5);
  cluster = await Cluster.start({ app: 'examples/authorization/server.ts', nodes: 0, workers: 1 });
  await cluster.startNode('0', [
    ...['--auth-issuer', idp.url, '--public-url', cluster.url, '--auth-scope', 'notes:read'],
  ]);
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-oauth-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await cluster.stop();
  await idp.stop();
});

const open: McpConnection[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
});

async function connected(
  kept: Kept,
  user: string,
  application = new Application(kept),
): Promise<McpConnection> {
  const target = { url: cluster.url, auth: application };
  const store = fileStore(folder);
  const connection = await connect(target, { store, user, mode: 'shared', ping: false });
  open.push(connection);
  return connection;
}
const read = async (connection: McpConnection) => textOf(await connection.callTool('read'));

/** Signs the person in as the application does after it was told to. */
async function signedIn(user: string): Promise<Kept> {
  const kept: Kept = { verifier: '', given: [] };
  const application = new Application(kept);
  await expect(connected(kept, user, application)).rejects.toMatchObject({
    constructor: AuthRequired,
    retryable: true,
    message: expect.stringMatching(/wants its user to sign in/),
  });
  const back = await signIn(application.wanted!, user);
  await auth(application, {
    serverUrl: cluster.url,
    authorizationCode: back.searchParams.get('code') ?? '',
  });
  expect(kept.given).toHaveLength(1);
  return kept;
}

/** Resolves when the node refuses the token. */
async function expired({ given }: Kept): Promise<void> {
  const headers = { authorization: `Bearer ${given.at(-1)!.access_token}`, accept: 'text/event-stream' };
  for (;;) {
    const response = await fetch(cluster.url, { headers });
    await response.body?.cancel();
    if (response.status === 401) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

test('an expired token is refreshed once for all connections that share a store, time after time', async () => {
  const kept = await signedIn('ada');
  const connections = [await connected(kept, 'ada'), await connected(kept, 'ada')];
  for (const refreshes of [1, 2]) {
    await expired(kept);
    const answers = await Promise.all([...connections, ...connections].map(read));
    expect(answers).toEqual(Array(4).fill('no notes'));
    expect(kept.given).toHaveLength(1 + refreshes);
  }
  expect(new Set(kept.given.map(({ refresh_token }) => refresh_token)).size).toBe(3); // it does rotate them
});

test('another user of the same store has a session of their own', async () => {
  const ada = await connected(await signedIn('ada'), 'ada of now');
  const bob = await connected(await signedIn('bob'), 'bob');
  expect(ada.session?.sessionId).not.toBe(bob.session?.sessionId);
  expect(await read(bob)).toBe('no notes');
});

test('a store without a user is refused: it could not tell users apart', async () => {
  const target = { url: cluster.url, auth: new Application({ verifier: '', given: [] }) };
  await expect(connect(target, { store: fileStore(folder) })).rejects.toThrow(/give `user`/);
});
