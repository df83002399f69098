/**
 * By default, the official client tries to reconnect only twice: at least one try must come after its only
 * node has restarted.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, test } from '@jest/globals';
import { type Cluster, type RunningCommand, connect, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, workers: 1 });
});
afterAll(() => cluster.stop());

/** The time for which a restarting node is away. */
const OUTAGE_MS = 2_000;

test.each([
  ['is killed', (node: RunningCommand) => node.kill()],
  ['is stopped', (node: RunningCommand) => node.stop()],
])('a node that %s and is back within 2 s finds the client still trying', async (_how, end) => {
  const node = await cluster.startNode();
  const { client } = await connect(node.ready);
  const name = `outage of ${node.pid}`;
  let primed = false; // a client that has had no event yet cannot come back
  const onresumptiontoken = () => (primed = true);
  const call = client
    .callTool({ name: 'gated', arguments: { name } }, undefined, { onresumptiontoken })
    .catch(() => 'given up');
  await until(() => primed && cluster.ledger.find(`${name} started`));

  const goneAt = performance.now();
  await end(node);
  const tries: number[] = [];
  const inItsPlace = createServer((req) => {
    if (String(req.headers['last-event-id']).includes('.post-')) tries.push(performance.now() - goneAt);
    req.socket.destroy();
  });
  try {
    inItsPlace.listen(Number(new URL(node.ready).port), '127.0.0.1');
    await once(inItsPlace, 'listening');
    await until(() => tries.some((at) => at > OUTAGE_MS), 20_000);
  } finally {
    inItsPlace.close();
    inItsPlace.closeAllConnections();
    cluster.ledger.open(name);
    await client.close();
    await call;
  }
});
