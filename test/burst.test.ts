/**
 * Each of many calls that a session makes at once is answered. Its log grows by more than a page while a node reads it, and Temporal leaves out
 * events then (log/read.ts); and they are more than Temporal lets be pending (workflows/calls.ts). Without what these two do about it,
 * some or all are never answered.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1 });
});
afterAll(() => cluster.stop());

test('each of 2,100 calls that a session makes at once is answered', async () => {
  const client = await new BareClient(cluster.url).open();
  const values = Array.from({ length: 2_100 }, (_, n) => `value ${n}`);
  const streams = await Promise.all(values.map((value, id) => client.call(id, 'echo', { value })));
  await Promise.all(streams.map((stream) => until(() => stream.closed, 150_000)));
  expect(streams.map(({ messages }) => messages)).toEqual(
    values.map((value, id) => [{ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: value }] } }]),
  );
}, 180_000);
