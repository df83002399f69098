/** A node keeps a connection without a request for longer than balancers do: the one that closes first must be the one that sends. */
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
/** After which Node closes it by itself. */
const NODE_MS = 5_000;

test('for 75 s, as it says; a request that comes after Node’s own time is answered, and the node still stops at once', async () => {
  const client = await new BareClient(cluster.nodes[0]!.ready).open();
  const connection = await RawConnection.open(client.url);
  connection.post(client, ping('first'));
  expect(await connection.has('"first"')).toMatch(/^Keep-Alive: timeout=75\r$/im);
  const answeredAt = performance.now();
  await until(() => performance.now() - answeredAt > NODE_MS + 2_000);
  connection.post(client, ping('second'));
  await connection.has('"second"');
  const [node] = cluster.nodes.splice(0);
  await node!.stop();
  expect(performance.now() - answeredAt).toBeLessThan(70_000); // not what the connection would have lasted
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
