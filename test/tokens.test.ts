/** Accepted tokens, and the answers to all others: RFC 6750, 8707 and 9068; specification 2025-11-25, authorization. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BareClient, type Cluster, runCommand, until } from 'durable-mcp/testing';
import { Issuer, newKey, seconds } from './fixtures/issuer';
import { startCluster } from './fixtures/startCluster';

const RESOURCE = 'https://mcp.example.com/mcp';
const METADATA = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';
const PING = { jsonrpc: '2.0', id: 'ping', method: 'ping' };

let cluster: Cluster;
let issuer: Issuer;
let second: Issuer;
let folder: string;
let node: string;
beforeAll(async () => {
  issuer = await new Issuer().start();
  second = await new Issuer().start();
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-keys-'));
  process.env.DURABLE_MCP_INTROSPECTION_SECRET = 'secret';
  cluster = await startCluster({ app: 'test/fixtures/guardedApp.ts', nodes: 0, workers: 1 });
  await cluster.startNode('0', [
    ...['--auth-issuer', issuer.url, '--introspection-client', 'node'],
    ...['--public-url', RESOURCE, '--auth-scope', 'mcp', '--auth-implies', 'all=mcp,read'],
    ...['--auth-keys', '--data', folder, '--allow-origin', 'https://app.example'],
  ]);
  node = cluster.nodes[0]!.ready;
});
afterAll(async () => {
  delete process.env.DURABLE_MCP_INTROSPECTION_SECRET;
  await cluster.stop();
  await Promise.all([issuer.stop(), second.stop(), rm(folder, { recursive: true, force: true })]);
});

const token = (claims: Record<string, unknown> = {}) => issuer.token(RESOURCE, { scope: 'mcp', ...claims });

/** Posts a ping without a session. The status 400 (no session) shows that the credential was accepted. */
async function ask(authorization?: string, url = node) {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const response = await new BareClient(url).post(PING, headers);
  const { error } = (await response.json()) as { error?: { message: string } };
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate') ?? '',
    message: error?.message ?? '',
    headers: response.headers,
  };
}

const LET_IN = 400;
const FROM = `scope="mcp", resource_metadata="${METADATA}"`;
const invalid = (description: string) =>
  `Bearer error="invalid_token", error_description="${description}", ${FROM}`;

describe('a token that is let in', () => {
  const tokens: [string, () => string][] = [
    ['as it should be', () => token()],
    [
      'its audience in capitals, with a slash and a fragment',
      () => token({ aud: 'HTTPS://MCP.example.com/mcp/#it' }),
    ],
    ['of several audiences', () => token({ aud: ['https://other.example', RESOURCE] })],
    ['expired less than 30 s ago', () => token({ exp: seconds(-20) })],
    ['valid in less than 30 s', () => token({ nbf: seconds(20) })],
    ['of a client that acts for itself', () => token({ sub: undefined })],
    ['with a broader scope, which implies the needed one', () => token({ scope: 'all' })],
    ['its scopes as a list', () => token({ scope: undefined, scp: ['mcp'] })],
    ['the scheme in other letters', () => token()],
  ];
  test.each(tokens)('%s', async (what, made) => {
    const scheme = what.startsWith('the scheme') ? 'bEARER' : 'Bearer';
    expect(await ask(`${scheme} ${made()}`)).toMatchObject({ status: LET_IN, challenge: '' });
  });
});

describe('401', () => {
  const stranger = newKey('first');
  const refused: [string, () => string | undefined, () => string][] = [
    ['no token', () => undefined, () => `Bearer ${FROM}`],
    ['another scheme', () => 'Basic YWRhOnNlY3JldA==', () => `Bearer ${FROM}`],
    ['malformed', () => 'Bearer a b', () => invalid('The access token is malformed')],
    ['empty', () => 'Bearer ', () => invalid('The access token is malformed')],
    [
      'expired',
      () => `Bearer ${token({ exp: seconds(-40) })}`,
      () => invalid('The access token has expired'),
    ],
    [
      'not yet valid',
      () => `Bearer ${token({ nbf: seconds(60) })}`,
      () => invalid('The access token is not valid yet'),
    ],
    [
      'without an end',
      () => `Bearer ${token({ exp: undefined })}`,
      () => invalid("The access token's exp is missing or not accepted here"),
    ],
    [
      'of another issuer',
      () => `Bearer ${second.token(RESOURCE, { scope: 'mcp' })}`,
      () => invalid('The access token is of an issuer that is not accepted here'),
    ],
    [
      'of another issuer in the name of this one',
      () => `Bearer ${second.token(RESOURCE, { iss: issuer.url, scope: 'mcp' })}`,
      () => invalid("The access token's signature could not be verified"),
    ],
    [
      'for another resource',
      () => `Bearer ${token({ aud: 'https://mcp.example.com/other' })}`,
      () => invalid('The access token is for another resource'),
    ],
    [
      'for nothing',
      () => `Bearer ${token({ aud: undefined })}`,
      () => invalid("The access token's aud is missing or not accepted here"),
    ],
    [
      'signed by a stranger',
      () => `Bearer ${issuer.token(RESOURCE, { scope: 'mcp' }, stranger)}`,
      () => invalid("The access token's signature could not be verified"),
    ],
    [
      'changed',
      () =>
        `Bearer ${token().replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"eve"}').toString('base64url')}.`)}`,
      () => invalid('The access token is of an issuer that is not accepted here'),
    ],
    [
      'unsigned',
      () => `Bearer ${issuer.unsignedToken(RESOURCE)}`,
      () => invalid("The access token's algorithm is not allowed here"),
    ],
    [
      'signed with the public key as a secret',
      () => `Bearer ${issuer.tokenByPublicKey(RESOURCE)}`,
      () => invalid("The access token's algorithm is not allowed here"),
    ],
    [
      'of another kind of the same issuer',
      () => `Bearer ${issuer.token(RESOURCE, { scope: 'mcp' }, issuer.keys[0], { typ: 'logout+jwt' })}`,
      () => invalid('The token is no access token'),
    ],
    [
      'with an end beyond all time',
      () => `Bearer ${token({ exp: 1e300 })}`,
      () => invalid('The access token has an end that is no time'),
    ],
    [
      'of a subject that looks like a client',
      () => `Bearer ${token({ sub: 'client:app' })}`,
      () => invalid('The access token has a subject that begins with client:, which is kept for clients'),
    ],
    [
      'with scopes without end',
      () => `Bearer ${token({ scope: 'mcp '.repeat(1_500) })}`,
      () => invalid('The access token has more than 4000 characters of scopes'),
    ],
    [
      'bound to a key',
      () => `Bearer ${token({ cnf: { jkt: 'a' } })}`,
      () => invalid('The access token is bound to a key, which is not checked here'),
    ],
    [
      'of nobody',
      () => `Bearer ${token({ sub: undefined, client_id: undefined })}`,
      () => invalid('The access token names neither a subject nor a client'),
    ],
    [
      'unknown and opaque',
      () => 'Bearer unknown',
      () => invalid('The access token has expired or was revoked'),
    ],
    [
      'an API key that nobody made',
      () => 'Bearer dmcp_unknown',
      () => invalid('The API key is unknown or was revoked'),
    ],
  ];
  test.each(refused)('%s', async (_what, authorization, challenge) => {
    const { status, challenge: given, message } = await ask(authorization());
    expect({ status, challenge: given }).toEqual({ status: 401, challenge: challenge() });
    expect(message).not.toContain('eyJ');
  });

  test('in the query string: as without one', async () => {
    const { status, challenge } = await ask(undefined, `${node}?access_token=${token()}`);
    expect({ status, challenge }).toEqual({ status: 401, challenge: `Bearer ${FROM}` });
  });

  test.each(['GET', 'DELETE', 'HEAD', 'PUT'])('%s without a token', async (method) => {
    const response = await fetch(node, { method, headers: { accept: 'text/event-stream' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(`Bearer ${FROM}`);
  });

  test('probes need no token', async () => {
    expect((await fetch(new URL('/livez', node))).status).toBe(200);
  });
});

test('403 names all scopes, those that the token has too, and no offline_access', async () => {
  const { status, challenge, message } = await ask(`Bearer ${token({ scope: 'read offline_access' })}`);
  expect(status).toBe(403);
  const text = 'This server needs the scope mcp; get a token with the scopes read mcp.';
  expect(message).toBe(text);
  expect(challenge).toBe(
    `Bearer error="insufficient_scope", error_description="This server needs the scope mcp", scope="read mcp", resource_metadata="${METADATA}"`,
  );
});

describe('metadata', () => {
  const paths = ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource'];
  test.each(paths)('%s is readable by any page', async (place) => {
    const response = await fetch(new URL(place, node), { headers: { origin: 'https://anybody.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toEqual({
      resource: RESOURCE,
      authorization_servers: [issuer.url],
      scopes_supported: ['mcp'],
      bearer_methods_supported: ['header'],
    });
  });

  test('a page may send headers of its own with it', async () => {
    const headers = { origin: 'https://anybody.example', 'access-control-request-method': 'GET' };
    const asked = { 'access-control-request-headers': 'mcp-protocol-version' };
    const response = await fetch(new URL(paths[0]!, node), {
      method: 'OPTIONS',
      headers: { ...headers, ...asked },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-headers')).toBe('*');
  });

  test('a page can read the challenge, and no credentials are allowed', async () => {
    const origin = 'https://app.example';
    const response = await new BareClient(node).post(PING, { origin });
    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

describe('opaque tokens', () => {
  const members = () => ({
    ...{ active: true, sub: 'ada', client_id: 'app', aud: RESOURCE, scope: 'mcp', iss: issuer.url },
    exp: seconds(600),
  });

  test('one that its issuer knows is let in, and asked about once', async () => {
    issuer.opaque.set('known', members());
    const before = issuer.asked.get('/introspect') ?? 0;
    for (let i = 0; i < 5; i++) expect((await ask('Bearer known')).status).toBe(LET_IN);
    expect(issuer.asked.get('/introspect')).toBe(before + 1);
  });

  test.each([
    ['for another resource', { aud: 'https://other.example' }, 'The access token is for another resource'],
    ['whose resource is not said', { aud: undefined }, 'The access token is for another resource'],
    ['of another issuer', { iss: 'https://other.example' }, 'The access token is of another issuer'],
    ['expired, though called active', { exp: seconds(-60) }, 'The access token has expired'],
    ['not yet valid', { nbf: seconds(60) }, 'The access token is not valid yet'],
    ['whose end is a text', { exp: '1' }, undefined],
    ['called active in words', { active: 'true' }, undefined],
  ])('one %s is refused', async (what, changed, description) => {
    issuer.opaque.set(what.replaceAll(/\W/g, '-'), { ...members(), ...changed });
    const { status, challenge } = await ask(`Bearer ${what.replaceAll(/\W/g, '-')}`);
    if (description === undefined) expect(status).toBeGreaterThanOrEqual(401);
    else expect({ status, challenge }).toEqual({ status: 401, challenge: invalid(description) });
  });

  test('an issuer that answers garbage lets nobody in, and the client keeps its token', async () => {
    issuer.opaque.set('later', members());
    issuer.misbehaves.set('/introspect', (_req, res) => res.end('<html>canary-of-an-answer'));
    const { status, headers } = await ask('Bearer later');
    issuer.misbehaves.delete('/introspect');
    expect({ status, retry: headers.get('retry-after') }).toEqual({ status: 503, retry: '5' });
    expect((await ask('Bearer later')).status).toBe(LET_IN);
    const log = cluster.nodes[0]!.output();
    expect(log).toContain('its introspection failed');
    expect(log).not.toContain('canary');
    expect(log).not.toContain('Temporal does not answer');
  });

  test('a revoked one loses its streams as well', async () => {
    issuer.opaque.set('revoked', { ...members(), exp: undefined });
    const client = new BareClient(node);
    client.token = 'revoked';
    await client.open();
    const stream = await client.get();
    issuer.opaque.delete('revoked');
    await stream.ended();
    expect((await client.get()).response.status).toBe(401);
  });
});

describe('API keys', () => {
  test('a key is let in from when it is added until it is revoked', async () => {
    const added = await runCommand(['keys', 'add', '--name', 'ci', '--scope', 'mcp', '--data', folder]);
    const [key] = /^dmcp_[\w-]{43}$/m.exec(added.output) ?? [];
    expect(key).toBeDefined();
    await until(async () => (await ask(`Bearer ${key}`)).status === LET_IN);
    const client = new BareClient(node);
    client.token = key;
    await client.open();
    const stream = await client.get();
    const listed = await runCommand(['keys', 'list', '--data', folder]);
    expect(listed.output).toMatch(/^ci {2}20\S+ {2}mcp\n$/);
    await runCommand(['keys', 'revoke', '--name', 'ci', '--data', folder]);
    await until(async () => (await ask(`Bearer ${key}`)).status === 401);
    await stream.ended();
    expect((await client.get()).response.status).toBe(401);
  });

  test('a name is used once, and an unknown one cannot be revoked', async () => {
    await runCommand(['keys', 'add', '--name', 'one', '--data', folder]);
    const again = await runCommand(['keys', 'add', '--name', 'one', '--data', folder]);
    expect(again).toMatchObject({
      code: 1,
      output: expect.stringContaining('There is a key named one already'),
    });
    const unknown = await runCommand(['keys', 'revoke', '--name', 'two', '--data', folder]);
    expect(unknown).toMatchObject({ code: 1, output: expect.stringContaining('There is no key named two') });
  });
});
