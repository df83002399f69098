/**
 * A node limits the open sessions of one peer: of one principal or, for anonymous clients, of one address.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type RunningCommand, runCommand, startCommand } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

const MOST = 3;
let cluster: Cluster;
let behindProxy: RunningCommand;
let elsewhere: RunningCommand;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1, nodeArgs: ['--max-sessions', `${MOST}`] });
  const start = (...more: string[]) => {
    const args = ['--temporal', cluster.address, '--task-queue', cluster.taskQueue, '--port', '0'];
    const env = { LEDGER: cluster.ledger.folder };
    return startCommand(['http', 'test/fixtures/app.ts', ...args, ...more], env);
  };
  [behindProxy, elsewhere] = await Promise.all([
    start('--max-sessions', `${MOST}`, '--trust-proxy', '1'),
    start(),
  ]);
});
afterAll(async () => {
  await Promise.all([behindProxy.stop(), elsewhere.stop()]);
  await cluster.stop();
});

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'n', version: '1' } },
};

/** Opens a session as a client whose proxy names `address` in X-Forwarded-For. */
async function open(url: string, address: string): Promise<BareClient | Response> {
  const client = new BareClient(url);
  const response = await client.post(initialize, { 'x-forwarded-for': address });
  if (response.status !== 200) return response;
  client.sessionId = response.headers.get('mcp-session-id') ?? '';
  return client;
}

async function openAll(url: string, address: string): Promise<BareClient[]> {
  const all = await Promise.all(Array.from({ length: MOST }, () => open(url, address)));
  return all.map((client) => client as BareClient);
}

async function expectRefusal(refused: BareClient | Response): Promise<void> {
  const response = refused as Response;
  expect([response.status, response.headers.get('retry-after'), await response.json()]).toMatchObject([
    429,
    '60',
    { error: { code: -32004, message: expect.stringMatching(/as many sessions open here .*\(3\)/) } },
  ]);
}

test('behind a proxy each address has its own, and an end, seen or not, makes room', async () => {
  const [one, two, three] = await openAll(behindProxy.ready, '203.0.113.1');
  await expectRefusal(await open(behindProxy.ready, '203.0.113.1'));
  expect(await open(behindProxy.ready, '203.0.113.2')).toBeInstanceOf(BareClient);

  expect((await one!.delete()).status).toBe(204);
  expect(await open(behindProxy.ready, '203.0.113.1')).toBeInstanceOf(BareClient);
  await expectRefusal(await open(behindProxy.ready, '203.0.113.1'));
  await two!.delete();
  await three!.delete();
});

test('an end that the node has not seen makes room as well', async () => {
  const [one] = await openAll(behindProxy.ready, '203.0.113.3');
  one!.url = elsewhere.ready;
  const ended = await runCommand(['sessions', 'end', one!.sessionId, '--temporal', cluster.address]);
  expect(ended.code).toBe(0);
  await expect((await cluster.workflowOf(one!.sessionId)).result()).resolves.toBeUndefined();
  expect(await open(behindProxy.ready, '203.0.113.3')).toBeInstanceOf(BareClient);
  await expectRefusal(await open(behindProxy.ready, '203.0.113.3'));
});

test('many at once come no further, and one IPv6 network is one peer', async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, n) => open(behindProxy.ready, `2001:db8:0:7::${n + 1}`)),
  );
  expect(all.filter((client) => client instanceof BareClient)).toHaveLength(MOST);
  expect(await open(behindProxy.ready, '2001:db8:0:8::1')).toBeInstanceOf(BareClient);
});

test('an initialize that opens nothing takes no room', async () => {
  const refused = { ...initialize, params: { ...initialize.params, protocolVersion: 7 } };
  for (let n = 0; n < 2 * MOST; n++) {
    const client = new BareClient(behindProxy.ready);
    expect((await client.post(refused, { 'x-forwarded-for': '203.0.113.4' })).status).toBe(400);
  }
  await openAll(behindProxy.ready, '203.0.113.4');
  await expectRefusal(await open(behindProxy.ready, '203.0.113.4'));
});

test('without a trusted proxy nobody is believed who says that he is another', async () => {
  const node = cluster.nodes[0]!.ready;
  await openAll(node, '203.0.113.5');
  await expectRefusal(await open(node, '203.0.113.6'));
});

test('a proxy that is neither a number nor an address is refused', async () => {
  const { code, output } = await runCommand(['http', 'test/fixtures/app.ts', '--trust-proxy', 'nginx']);
  expect({ code, output }).toMatchObject({ code: 1, output: expect.stringMatching(/number of proxies, or/) });
});
