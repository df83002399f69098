/** Where the workflow's own code fails for a call, its client is answered all the same, and the operator finds a line in the log. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ workers: 1 });
});
afterAll(() => cluster.stop());

test('a call that the workflow cannot run is answered with an internal error', async () => {
  const client = await new BareClient(cluster.url).open();
  const message = client.callMessage(1, 'echo', { value: 'x' });
  // Temporal's SDK throws on such a duration.
  const policy = { delivery: 'at-least-once', maximumAttempts: 1, initialIntervalMs: 1, timeoutMs: 'x' };
  const session = await cluster.workflowOf(client.sessionId);
  await session.signal('request', { message, policy, digest: '', postId: randomUUID() });
  const stream = await client.get(`${await cluster.runOf(client.sessionId)}.1.0.post-MQ`);
  await stream.ended();
  expect(stream.messages).toEqual([
    { jsonrpc: '2.0', id: 1, error: { code: -32603, message: expect.stringMatching(/Error: /) } },
  ]);
  expect(cluster.workers[0]!.output()).toMatch(/a call could not be run/);
  const next = await client.call(2, 'echo', { value: 'next' });
  await next.ended();
  expect(next.text).toBe('next');
});
