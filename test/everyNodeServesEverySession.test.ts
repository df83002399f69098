/** Features, rows 15, 16, 17 and 20: any node serves any request, whichever node served the one before. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { BareClient, type Cluster, connect, textOf, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

test('200 calls of the official client alternate between two nodes', async () => {
  const before = new Map(cluster.served);
  const { client } = await connect(cluster.url);
  for (let i = 0; i < 200; i++) {
    expect(textOf(await client.callTool({ name: 'echo', arguments: { value: `${i}` } }))).toBe(`${i}`);
  }
  await client.close();
  const counts = [...cluster.served].map(([node, count]) => count - (before.get(node) ?? 0));
  // initialize, initialized, the GET stream and 200 calls
  expect(counts).toHaveLength(2);
  expect(counts.reduce((a, b) => a + b)).toBe(203);
  expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThanOrEqual(1);
}, 180_000);

test('50 calls at once get the right result each', async () => {
  const { client } = await connect(cluster.url);
  const values = Array.from({ length: 50 }, (_, i) => `value ${i}`);
  const results = await Promise.all(
    values.map((value) => client.callTool({ name: 'echo', arguments: { value } })),
  );
  expect(results.map(textOf)).toEqual(values);
  await client.close();
});

test('an unknown or forged session id is not found on any node, and starts nothing', async () => {
  const connection = await Connection.connect({ address: process.env.TEST_TEMPORAL });
  const { workflow } = new Client({ connection });
  for (const node of cluster.nodes) {
    for (const id of [randomUUID(), 'forged', '../../etc/passwd', "'; drop table sessions; --"]) {
      const client = new BareClient(node.ready);
      client.sessionId = id;
      const request = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
      for (const response of [
        await client.post(request),
        (await client.get()).response,
        await client.delete(),
      ]) {
        expect(response.status).toBe(404);
      }
      const handle = workflow.getHandle(`mcp-session-${id}`);
      await expect(handle.describe()).rejects.toThrow(/not found/i);
    }
  }
  await connection.close();
});

test('after DELETE on one node the other answers 404, and running calls are cancelled', async () => {
  const [a, b] = cluster.nodes;
  const client = await new BareClient(a!.ready).open();
  const stream = await client.call(1, 'gated', { name: 'deleted' });
  await until(() => cluster.ledger.find('deleted started'));
  client.url = b!.ready;
  expect((await client.post({ jsonrpc: '2.0', id: 2, method: 'ping' })).status).toBe(200);

  client.url = a!.ready;
  expect((await client.delete()).status).toBe(204);
  for (const node of [b!, a!]) {
    client.url = node.ready;
    expect((await client.post({ jsonrpc: '2.0', id: 3, method: 'ping' })).status).toBe(404);
    expect((await client.post(client.callMessage(4, 'echo', { value: '' }))).status).toBe(404);
    expect((await client.post({ jsonrpc: '2.0', id: 5, method: 'tools/list' })).status).toBe(404);
    expect((await client.get()).response.status).toBe(404);
    expect((await client.delete()).status).toBe(404);
  }
  await stream.ended();
  expect(stream.messages).toEqual([]);
  await until(() => cluster.ledger.find('deleted aborted'));
});
