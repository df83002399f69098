/** An issuer hangs, answers garbage, is down or changes its keys: waits are bounded, and other issuers are not affected. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { Issuer, newKey } from '../fixtures/issuer';
import { startCluster } from '../fixtures/startCluster';

const RESOURCE = 'https://mcp.example.com/mcp';
const METADATA = '/.well-known/oauth-authorization-server';

let cluster: Cluster;
let good: Issuer;
let broken: Issuer;
beforeAll(async () => {
  good = await new Issuer().start();
  cluster = await startCluster({ app: 'test/fixtures/guardedApp.ts', nodes: 0, workers: 0 });
});
afterEach(async () => {
  await Promise.all(cluster.nodes.splice(0).map((node) => node.kill()));
  await broken.stop();
});
afterAll(async () => {
  await cluster.stop();
  await good.stop();
});

async function serve(prepare: (issuer: Issuer) => void = () => undefined): Promise<string> {
  broken = await new Issuer().start();
  prepare(broken);
  const issuers = ['--auth-issuer', broken.url, '--auth-issuer', good.url];
  return (await cluster.startNode('0', [...issuers, '--public-url', RESOURCE])).ready;
}

/** Posts without a session. The status 400 (no session) shows that the token was accepted. */
async function ask(url: string, token: string) {
  const client = new BareClient(url);
  client.token = token;
  const response = await client.post({ jsonrpc: '2.0', id: 1, method: 'ping' });
  return { status: response.status, text: await response.text() };
}

const LET_IN = { status: 400, text: expect.stringContaining('open a session') };

const sends =
  (body: () => string | Buffer) =>
  (_req: unknown, res: { end(body: string | Buffer): void }): void => {
    res.end(body());
  };

const faults: [string, (issuer: Issuer) => void][] = [
  ['hangs', (issuer) => issuer.misbehaves.set(METADATA, () => undefined)],
  [
    'answers garbage',
    (issuer) =>
      issuer.misbehaves.set(
        METADATA,
        sends(() => '<html>'),
      ),
  ],
  [
    'answers 10 MB',
    (issuer) =>
      issuer.misbehaves.set(
        '/jwks',
        sends(() => Buffer.alloc(10_000_000, ' ')),
      ),
  ],
  [
    'sends its asker elsewhere',
    (issuer) =>
      issuer.misbehaves.set('/jwks', (_req, res) =>
        res.writeHead(302, { location: `${good.url}/jwks` }).end(),
      ),
  ],
  [
    'says that it is another',
    (issuer) =>
      issuer.misbehaves.set(
        METADATA,
        sends(() => JSON.stringify({ issuer: good.url, jwks_uri: `${good.url}/jwks` })),
      ),
  ],
  [
    'has no keys in its set',
    (issuer) =>
      issuer.misbehaves.set(
        '/jwks',
        sends(() => '{"keys":"none"}'),
      ),
  ],
];
test.each(faults)('one that %s', async (_what, fault) => {
  const url = await serve(fault);
  expect((await ask(url, good.token(RESOURCE))).status).toBe(400);
  const slow = Promise.all(Array.from({ length: 50 }, () => ask(url, broken.token(RESOURCE))));
  // Tokens of the good issuer are accepted while fifty requests wait for the broken one.
  expect(await ask(url, good.token(RESOURCE))).toMatchObject(LET_IN);
  for (const { status, text } of await slow) {
    expect(status).toBe(503);
    expect(text).toContain('its issuer does not answer');
  }
  const [node] = cluster.nodes;
  expect(node!.output()).toContain('an issuer of access tokens does not answer as it should');
  expect(broken.asked.get(METADATA)).toBeLessThanOrEqual(4);
  broken.misbehaves.clear();
  await until(async () => (await ask(url, broken.token(RESOURCE))).status === 400);
});

test('one that is down later takes no keys away', async () => {
  const url = await serve();
  const token = broken.token(RESOURCE);
  await ask(url, token);
  broken.misbehaves.set('/jwks', (_req, res) => res.destroy());
  broken.misbehaves.set(METADATA, (_req, res) => res.destroy());
  expect(await ask(url, token)).toMatchObject(LET_IN);
  // For a token that names an unknown key, the node needs newer keys. It cannot get any now, and keeps the old ones.
  expect((await ask(url, broken.token(RESOURCE, {}, newKey('unknown')))).status).toBe(503);
  expect(await ask(url, token)).toMatchObject(LET_IN);
});

test('a new key is found by one fetch; keys that nobody knows do not cause one each', async () => {
  const url = await serve();
  await ask(url, broken.token(RESOURCE));
  const before = broken.asked.get('/jwks') ?? 0;
  const strangers = Array.from({ length: 200 }, (_, i) => newKeyNamed(`stranger-${i}`));
  const answers = await Promise.all(strangers.map((key) => ask(url, broken.token(RESOURCE, {}, key))));
  // 503 if the keys were fetched less than five seconds ago: the token may be signed with a new key.
  for (const { status } of answers) expect([401, 503]).toContain(status);
  expect(broken.asked.get('/jwks')! - before).toBeLessThanOrEqual(2);

  const next = newKey('next');
  broken.keys.push(next);
  await until(async () => (await ask(url, broken.token(RESOURCE, {}, next))).status === 400);
  const fetched = broken.asked.get('/jwks')!;
  for (let i = 0; i < 20; i++) await ask(url, broken.token(RESOURCE, {}, next));
  expect(broken.asked.get('/jwks')).toBe(fetched);
});

test('one with 1,000 keys works as any other', async () => {
  const url = await serve((issuer) => {
    const [key] = issuer.keys;
    issuer.keys = [...Array.from({ length: 999 }, (_, i) => ({ ...key!, kid: `old-${i}` })), key!];
  });
  const [first] = broken.keys;
  const last = broken.keys.at(-1)!;
  expect(await ask(url, broken.token(RESOURCE, {}, last))).toMatchObject(LET_IN);
  expect(await ask(url, broken.token(RESOURCE, {}, first))).toMatchObject(LET_IN);
});

/** One key under many names: RSA keys take long to generate. */
const shared = newKey('shared');
const newKeyNamed = (kid: string) => ({ ...shared, kid });
