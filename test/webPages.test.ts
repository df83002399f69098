/**
 * Web pages of this machine or of an allowed origin are served, with CORS headers for their browsers. Other
 * pages are refused, and can read the refusal.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let client: BareClient;
let node: string;
beforeAll(async () => {
  cluster = await startCluster({
    nodes: 1,
    workers: 1,
    nodeArgs: ['--allow-origin', 'https://friend.example'],
  });
  node = cluster.nodes[0]!.ready;
  client = await new BareClient(node).open();
});
afterAll(() => cluster.stop());

const ping = { jsonrpc: '2.0', id: 'ping', method: 'ping' };

test.each(['http://localhost:5173', 'http://127.0.0.1', 'https://friend.example'])(
  'POST from the origin %s is served',
  async (origin) => {
    expect((await client.post(ping, { origin })).status).toBe(200);
  },
);

const OF_TRANSPORT = 'content-type,last-event-id,mcp-protocol-version,mcp-session-id';

const preflight = (origin: string, asked = OF_TRANSPORT) =>
  fetch(node, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': asked },
  });

const allowedBy = ({ headers }: Response) =>
  (headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/\s*,\s*/);

test('a web page that may connect may read the answers, its session id too', async () => {
  const origin = 'https://friend.example';
  const allowed = await preflight(origin);
  expect(allowed.status).toBe(204);
  expect(Object.fromEntries(allowed.headers)).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': expect.stringMatching(
      /Content-Type, Last-Event-ID, Mcp-Protocol-Version, Mcp-Session-Id/,
    ),
    vary: 'Origin',
  });
  const answers = [await client.post(ping, { origin }), await client.post('[', { origin })];
  expect(answers.map(({ status }) => status)).toEqual([200, 400]);
  for (const { headers } of answers) {
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-expose-headers')).toBe('Mcp-Session-Id, WWW-Authenticate');
  }
  expect((await client.post(ping)).headers.get('access-control-allow-origin')).toBeNull();
});

test('what further headers a page asks for it may send; not what is no list of names', async () => {
  const origin = 'http://localhost:6274';
  const asked = 'x-api-key,traceparent, mcp-method,mcp-name';
  expect(allowedBy(await preflight(origin, asked))).toEqual(
    expect.arrayContaining(['x-api-key', 'traceparent', 'mcp-method', 'mcp-name', 'mcp-session-id']),
  );
  for (const odd of ['x-a; x-b', 'x'.repeat(3_000)]) {
    const answer = await preflight(origin, odd);
    expect(answer.status).toBe(204);
    expect(allowedBy(answer)).not.toContain(odd.split(';')[0]);
  }
});

test('any other page is refused, and can read why: the browser lets it ask, and shows it the 403', async () => {
  const origin = 'https://evil.example';
  const asked = await preflight(origin);
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
  const refused = await client.post(ping, { origin });
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, origin]);
  expect(await refused.text()).toContain('start the node with --allow-origin');
});
