/** A node that other machines can reach starts only with an option that says which clients it accepts. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, Cluster, runCommand } from 'durable-mcp/testing';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ app: 'test/fixtures/app.ts', nodes: 0, workers: 0 });
});
afterAll(() => cluster.stop());

const http = (...args: string[]) =>
  runCommand(['http', 'test/fixtures/app.ts', '--temporal', cluster.address, '--port', '0', ...args]);

test.each(['0.0.0.0', '::', '192.0.2.1', '::ffff:192.0.2.1'])('--host %s alone is refused', async (host) => {
  const { code, output } = await http('--host', host);
  expect(output).toBe(
    `durable-mcp: The node would let everybody in who reaches ${host}: name who gives out access tokens (--auth-issuer), accept API keys (--auth-keys), or say --no-auth where the network or a proxy keeps others out (docs/authorization.md).\n`,
  );
  expect(code).toBe(1);
});

test('--no-auth lets everybody in', async () => {
  const { ready } = await cluster.startNode('0', ['--host', '0.0.0.0', '--no-auth']);
  const client = await new BareClient(ready.replace('0.0.0.0', '127.0.0.1')).open();
  expect(client.sessionId).not.toBe('');
});

test('--auth-keys lets in whoever has one', async () => {
  const { ready } = await cluster.startNode('0', [
    '--host',
    '0.0.0.0',
    '--auth-keys',
    '--data',
    cluster.ledger.folder,
  ]);
  const response = await new BareClient(ready.replace('0.0.0.0', '127.0.0.1')).post('{}');
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer'); // without an issuer, there is no metadata to point to
});

test.each([
  [
    ['--auth-keys', '--no-auth'],
    '--no-auth lets everybody in, and --auth-issuer or --auth-keys do not; give one of them.',
  ],
  [
    ['--public-url', 'https://mcp.example.com/mcp'],
    'Options of authorization do nothing alone; give --auth-issuer or --auth-keys as well.',
  ],
  [
    ['--auth-scope', 'a'],
    'Options of authorization do nothing alone; give --auth-issuer or --auth-keys as well.',
  ],
  [['--auth-issuer', 'https://id.example.com'], 'The node lacks its public URL'],
  [
    ['--auth-issuer', 'http://id.example.com', '--public-url', 'https://a.example'],
    'The issuer http://id.example.com is no https URL',
  ],
  [
    [
      '--auth-issuer',
      'https://a.example',
      '--public-url',
      'https://b.example',
      '--introspection-client',
      'c',
    ],
    '--introspection-client needs its secret in DURABLE_MCP_INTROSPECTION_SECRET.',
  ],
  [
    ['--auth-keys', '--hash-principal'],
    '--hash-principal needs DURABLE_MCP_PRINCIPAL_KEY, a text of 32 characters or more.',
  ],
  [['--auth-issuer', 'id.example.com'], 'give a URL such as https://mcp.example.com/mcp.'],
  [['--auth-keys', '--auth-scope', 'a"b'], 'give a scope, without blanks or quotation marks.'],
  [['--auth-keys', '--auth-algorithm', 'HS256'], 'give one of RS256'],
])('%j is wrong, in one sentence', async (args, sentence) => {
  const { code, output } = await http(...args);
  expect(output.split('\n')[0]).toContain(sentence); // for a wrong value, the help follows in the next lines
  expect(code).toBe(1);
});
