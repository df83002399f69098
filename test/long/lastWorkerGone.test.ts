/** A node reports that no worker is left. Temporal lists pollers long after their last poll, so the node checks how old it is. */
import { afterAll, expect, test } from '@jest/globals';
import { type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
afterAll(() => cluster.stop());

test('a node whose only worker was killed says that nobody polls its task queue', async () => {
  cluster = await startCluster({ nodes: 1, workers: 1 });
  const node = cluster.nodes[0]!;
  const health = async () => (await fetch(new URL('/health', node.ready))).text();
  await until(async () => (await health()).includes('the task queue is polled'));
  await cluster.workers[0]!.kill();
  await until(async () => (await health()).includes('nobody polls the task queue'), 240_000);
  expect(node.output()).toContain('start workers with the same --task-queue');
}, 300_000);
