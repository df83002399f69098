/**
 * A node keeps idle connections open for longer than balancers do. Otherwise a balancer could send a request into a
 * connection that the node is closing.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, startCommand, until } from 'durable-mcp/testing';
import { RawConnection } from './fixtures/rawConnection';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1 });
});
afterAll(() => cluster.stop());

const ping = (id: string) => ({ jsonrpc: '2.0', id, method: 'ping' });
/** Waits for Node's default keep-alive timeout: resolves when a server without that setting closes an idle connection. */
async function afterNodesOwnTime(): Promise<void> {
  const plain = createServer((_req, res) => res.end('answered')).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const connection = await RawConnection.open(`http://127.0.0.1:${(plain.address() as AddressInfo).port}`);
  connection.get('/');
  await connection.has('answered');
  await until(() => connection.closed);
  plain.close();
}

test('for 75 s, as it says; a request that comes after Node’s own time is answered, and the node still stops at once', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const connection = await RawConnection.open(client.url);
  connection.post(client, ping('first'));
  expect(await connection.has('"first"')).toMatch(/^Keep-Alive: timeout=75\r$/im);
  const answeredAt = performance.now();
  await afterNodesOwnTime();
  connection.post(client, ping('second'));
  await connection.has('"second"');
  const [node] = cluster.nodes.splice(0);
  await node!.stop();
  expect(performance.now() - answeredAt).toBeLessThan(70_000); // the stop did not wait for the 75 s of the idle connection
  await cluster.startNode();
});

test('--keep-alive says for how long', async () => {
  const { address, taskQueue } = cluster;
  const target = ['--temporal', address, '--task-queue', taskQueue, '--port', '0'];
  const node = await startCommand(['http', 'test/fixtures/app.ts', ...target, '--keep-alive', '1s']);
  try {
    const client = await new BareClient(node.ready).open();
    const connection = await RawConnection.open(node.ready);
    connection.post(client, ping('only'));
    expect(await connection.has('"only"')).toMatch(/^Keep-Alive: timeout=1\r$/im);
    await until(() => connection.closed);
  } finally {
    await node.stop();
  }
});
