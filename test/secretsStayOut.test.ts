/** Credentials appear in no place but the request: the test searches answers, histories, logs and files for them. */
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, Cluster, runCommand } from 'durable-mcp/testing';
import { Issuer, seconds } from './fixtures/issuer';

const RESOURCE = 'https://mcp.example.com/mcp';
const COOKIE = 'session=canary-of-the-cookie';
const PRINCIPAL_KEY = 'a key of more than thirty-two characters';

let cluster: Cluster;
let issuer: Issuer;
let folder: string;
const secrets: string[] = [COOKIE, 'canary-of-introspection'];
const said: string[] = [];
beforeAll(async () => {
  issuer = await new Issuer().start();
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-secrets-'));
  process.env.DURABLE_MCP_INTROSPECTION_SECRET = 'secret';
  process.env.DURABLE_MCP_PRINCIPAL_KEY = PRINCIPAL_KEY;
  process.env.LOG_LEVEL = 'trace';
  cluster = await Cluster.start({
    app: 'test/fixtures/guardedApp.ts',
    nodes: 0,
    workers: 1,
    temporal: 'own',
  });
  await cluster.startNode('0', [
    ...['--auth-issuer', issuer.url, '--introspection-client', 'node', '--public-url', RESOURCE],
    ...['--auth-claim', 'team', '--auth-keys', '--data', folder, '--hash-principal'],
  ]);
});
afterAll(async () => {
  for (const name of ['DURABLE_MCP_INTROSPECTION_SECRET', 'DURABLE_MCP_PRINCIPAL_KEY', 'LOG_LEVEL'])
    Reflect.deleteProperty(process.env, name);
  await cluster.stop();
  await issuer.stop();
  await rm(folder, { recursive: true, force: true });
});

async function use(token: string): Promise<BareClient> {
  secrets.push(token);
  const client = new BareClient(cluster.nodes[0]!.ready);
  client.token = token;
  await client.open({ elicitation: {} });
  for (const tool of ['whoami', 'whoami_inline', 'whoami_node', 'auth_info']) {
    const stream = await client.call(tool, tool);
    await stream.ended();
    said.push(JSON.stringify(stream.messages));
  }
  for (const message of ['[', client.callMessage('s', 'secret'), client.callMessage('u', 'unknown')])
    said.push(await (await client.post(message, { cookie: COOKIE })).text());
  return client;
}

test('tokens, keys, cookies and introspection answers stay out of Temporal, logs and answers', async () => {
  const jwt = await use(issuer.token(RESOURCE, { team: 'blue', email: 'canary-of-introspection' }));
  issuer.opaque.set('canary-of-an-opaque-token', {
    ...{ active: true, sub: 'eve', aud: RESOURCE, exp: seconds(600), team: 'red' },
    username: 'canary-of-introspection',
  });
  const opaque = await use('canary-of-an-opaque-token');
  const { output } = await runCommand(['keys', 'add', '--name', 'ci', '--data', folder]);
  const byKey = await use(/^dmcp_\S+/m.exec(output)![0]);
  for (const token of ['canary-of-an-unknown-token', issuer.token('https://other.example/')]) {
    secrets.push(token);
    const stranger = new BareClient(cluster.nodes[0]!.ready);
    stranger.token = token;
    said.push(await (await stranger.post('{}')).text());
  }

  const histories = await Promise.all(
    [jwt, opaque, byKey].map(async ({ sessionId }) => (await cluster.workflowOf(sessionId)).fetchHistory()),
  );
  const places = new Map<string, string>([
    ['answers', said.join('\n')],
    ['histories', histories.map(readable).join('\n')],
    ['logs', [...cluster.nodes, ...cluster.workers].map((role) => role.output()).join('\n')],
    ["Temporal's data", await filesIn(cluster.temporal.data)],
    ['the folder of keys', await filesIn(folder)],
  ]);
  // Control: text that must be there is found, so a credential would be found too.
  expect(places.get('histories')).toContain('"blue"');
  expect(places.get("Temporal's data")).toContain(jwt.sessionId);
  for (const [place, text] of places)
    for (const secret of secrets) {
      expect({ place, secret, found: text.includes(secret) }).toEqual({ place, secret, found: false });
      const [, , signature = secret] = secret.split('.');
      expect({ place, secret, found: text.includes(signature) }).toEqual({ place, secret, found: false });
    }
});

test('lists in Temporal have an HMAC of the principal', async () => {
  const connection = await Connection.connect({ address: cluster.address });
  const client = new Client({ connection });
  const principals: unknown[] = [];
  for await (const { searchAttributes, memo } of client.workflow.list()) {
    principals.push(searchAttributes.McpPrincipal?.[0]);
    expect(JSON.stringify(memo ?? {})).not.toContain(issuer.url);
  }
  await connection.close();
  const hidden = createHmac('sha256', PRINCIPAL_KEY).update(`${issuer.url} ada`).digest('hex');
  expect(principals).toContain(hidden);
  expect(JSON.stringify(principals)).not.toContain(issuer.url);
});

/** The JSON of a history, with its payloads decoded from base64. */
const readable = (history: unknown): string =>
  JSON.stringify(history, (key, value: unknown) =>
    key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString() : value,
  ).replaceAll('\\', '');

async function filesIn(place: string): Promise<string> {
  const texts: string[] = [];
  for (const entry of await readdir(place, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) texts.push(await readFile(path.join(entry.parentPath, entry.name), 'latin1'));
  return texts.join('\n');
}
