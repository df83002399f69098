/** Features, row 19 (specification 2025-11-25, lifecycle): no request before `notifications/initialized`, on any node; then all at once. */
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
    for (const message of [list, call, level]) {
      const refused = await client.post(message);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
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
    // In half of the sessions the other node reads the log already.
    if (i % 2) expect((await client.post(ping)).status).toBe(200);
    client.url = a!.ready;
    expect((await client.initialized()).status).toBe(202);
    client.url = b!.ready;
    expect((await client.post(list)).status).toBe(200);
  }
});

test('also while a workflow task keeps the notification out of the log', async () => {
  const [a, b] = cluster.nodes;
  const client = new BareClient(a!.ready);
  const { pid } = cluster.workers[0]!;
  process.kill(pid, 'SIGSTOP'); // with a poll open: it is given the session's first task
  try {
    await client.initialize();
    expect((await client.initialized()).status).toBe(202);
    client.url = b!.ready;
    expect((await client.post(list)).status).toBe(200);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});
