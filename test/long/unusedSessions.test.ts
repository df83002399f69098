/** A session for which no `notifications/initialized` comes ends and leaves nothing behind. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1 });
});
afterAll(() => cluster.stop());

const isRunning = async ({ sessionId }: BareClient) =>
  (await (await cluster.workflowOf(sessionId)).describe()).status.name === 'RUNNING';

test('a session that is never initialized ends after a minute, and one that is goes on', async () => {
  const unused = new BareClient(cluster.url);
  await unused.initialize();
  const used = await new BareClient(cluster.url).open();
  expect(await isRunning(unused)).toBe(true);
  await until(async () => !(await isRunning(unused)), 120_000);
  expect((await unused.post({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(404);
  expect(await isRunning(used)).toBe(true);
  const stream = await used.call(1, 'echo', { value: 'still here' });
  await stream.ended();
  expect(stream.text).toBe('still here');
}, 150_000);
