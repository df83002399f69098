/**
 * A workflow task that only refuses an update writes no event, so a node that waits for the end of a running
 * task must not wait for the log to grow. (src/log/tail.ts)
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/askingApp.ts', nodes: 1, workers: 1 });
});
afterAll(() => cluster.stop());

test('lists that depend on the state of a session are answered while its workflow refuses updates', async () => {
  const client = await new BareClient(cluster.url).open();
  const handle = await cluster.workflowOf(client.sessionId);
  const write = { call: '"none"', attempt: 1, step: 'state', key: 'k', value: 'v' };
  let refused = 0;
  let isOver = false;
  const refuse = async () => {
    while (!isOver) {
      await expect(handle.executeUpdate('setState', { args: [write] })).rejects.toThrow(
        WorkflowUpdateFailedError,
      );
      refused++;
    }
  };
  const refusing = Promise.all([refuse(), refuse(), refuse()]);
  try {
    await until(() => refused > 3);
    for (let i = 0; i < 60; i++) {
      const before = refused;
      expect(await client.ask('tools/list')).toMatchObject({ result: { tools: expect.any(Array) } });
      await until(() => refused > before);
    }
  } finally {
    isOver = true;
    await refusing;
  }
});
