/**
 * Features, row 19 (specification 2025-11-25, lifecycle): before `notifications/initialized` every node
 * refuses requests, right after it every node serves them.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { runs } from './fixtures/alwaysSuspending';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1 });
});
afterAll(() => cluster.stop());

const list = { jsonrpc: '2.0', id: 'list', method: 'tools/list' };
const ping = { jsonrpc: '2.0', id: 'ping', method: 'ping' };

test('before it, only ping is answered: the rest is refused and leaves no mark', async () => {
  const client = new BareClient(cluster.url);
  await client.initialize();
  const call = client.callMessage(1, 'flaky', { failures: 0 });
  const level = { jsonrpc: '2.0', id: 'level', method: 'logging/setLevel', params: { level: 'error' } };
  for (const node of cluster.nodes) {
    client.url = node.ready;
    expect((await client.post(ping)).status).toBe(200);
    const messages = [list, call, level];
    const answers = await Promise.all(messages.map((message) => client.post(message)));
    for (const [i, refused] of answers.entries()) {
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        id: (messages[i] as { id: unknown }).id,
        error: { code: -32600, message: expect.stringMatching(/send notifications\/initialized/) },
      });
    }
  }
  expect((await client.initialized()).status).toBe(202);
  const stream = await client.call(1, 'flaky', { failures: 0 });
  await stream.ended();
  expect(stream.messages).toMatchObject([
    { id: 1, result: { content: [{ text: `worked at attempt ${runs(1)}` }] } },
  ]);
  expect(cluster.ledger.count('flaky ran')).toBe(runs(1));
});

test('after it, at once, every node takes requests: a node whose view of the log is behind catches up first', async () => {
  const [a, b] = cluster.nodes;
  for (let i = 0; i < 40; i++) {
    const client = new BareClient(a!.ready);
    await client.initialize();
    client.url = b!.ready;
    // In every second session, node b follows the log already.
    if (i % 2) expect((await client.post(ping)).status).toBe(200);
    client.url = a!.ready;
    expect((await client.initialized()).status).toBe(202);
    client.url = b!.ready;
    expect((await client.post(list)).status).toBe(200);
  }
});

test('a request that comes before it, at any node, is answered when it has come to another', async () => {
  const [a, b] = cluster.nodes;
  for (const method of ['tools/list', 'tools/call']) {
    const client = new BareClient(b!.ready);
    await client.initialize();
    const params = method === 'tools/call' ? { name: 'who', arguments: {} } : {};
    const early = client.post({ jsonrpc: '2.0', id: 'early', method, params });
    client.url = a!.ready;
    for (let i = 0; i < 10; i++) expect((await client.post(ping)).status).toBe(200); // by then, the early request has reached node b
    expect((await client.initialized()).status).toBe(202);
    const { status } = await early;
    expect(status).toBe(200);
  }
});

test('also while a workflow task keeps the notification out of the log', async () => {
  const [a, b] = cluster.nodes;
  const client = new BareClient(a!.ready);
  const { pid } = cluster.workers[0]!;
  process.kill(pid, 'SIGSTOP'); // the frozen worker's open poll takes the session's first workflow task
  try {
    await client.initialize();
    expect((await client.initialized()).status).toBe(202);
    client.url = b!.ready;
    expect((await client.post(list)).status).toBe(200);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});
