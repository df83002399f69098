/**
 * A node's clock may be wrong: a session's activity is judged by elapsed time, never by the time of day.
 * (src/log/temporalClock.ts)
 */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type RunningCommand, startCommand, until } from 'durable-mcp/testing';
import { ROOT } from './fixtures/root';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let node: RunningCommand;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, workers: 1 });
  const args = ['--temporal', cluster.address, '--task-queue', cluster.taskQueue, '--idle-ttl', '8s'];
  const env = { NODE_OPTIONS: `--require ${path.join(ROOT, 'test/fixtures/behind.cjs')}`, LOG_LEVEL: 'info' };
  node = await startCommand(['http', 'test/fixtures/app.ts', '--port', '0', ...args], env);
});
afterAll(async () => {
  await node.kill();
  await cluster.stop();
});

test('a session with an open stream outlives its time to live at a node whose clock is a minute behind', async () => {
  const listens = await new BareClient(node.ready).open();
  const stream = await listens.get();
  await stream.has(1);
  // Opened last: when this session has expired, the other would have expired before, if nothing kept it.
  const alone = await new BareClient(node.ready).open();
  const handle = await cluster.workflowOf(alone.sessionId);
  await handle.result();
  expect(stream.closed).toBe(false);
  const call = await listens.call('call', 'echo', { value: 'alive' });
  await call.ended();
  expect(call.messages).toMatchObject([{ id: 'call', result: {} }]);
  const line = await until(() => /"time":(\d+)/.exec(node.output()) ?? undefined);
  expect(Number(line[1])).toBeLessThan(Date.now() - 30_000); // the node's clock was behind, as intended
});
