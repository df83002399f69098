/**
 * The workflow decides nothing by the length of its history: a replay leaves out the tasks that only kept a long local activity alive, and
 * sees another length at the same place. (workflows/taskRoom.ts, workflows/runLength.ts)
 */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { ROOT } from './fixtures/root';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/greedyApp.ts', workers: 1 });
});
afterAll(() => cluster.stop());

/** What one workflow task has room for, and some more. (workflows/taskRoom.ts) */
const CALLS = 70;
const AT_ONCE = 58;

test('a session replays whose short calls outlived several workflow tasks', async () => {
  const client = await new BareClient(cluster.url).open();
  const names = Array.from({ length: CALLS }, (_, i) => `short ${i}`);
  const calls = names.map((name, id) => client.call(id, 'short-gated', { name }));
  await until(() => names.filter((name) => cluster.ledger.find(`${name} began`)).length >= AT_ONCE);
  const session = await cluster.workflowOf(client.sessionId);
  const { historyLength } = await session.describe();
  await until(async () => (await session.describe()).historyLength > historyLength + 6); // two such tasks
  cluster.ledger.open('short');
  const streams = await Promise.all(calls);
  for (const stream of streams) await stream.ended();
  expect(streams.map(({ text }) => text)).toEqual(names.map((name) => `${name} done`));

  const history = await session.fetchHistory();
  const workflowBundle = { codePath: path.join(ROOT, 'dist/workflows.bundle.js') };
  await Worker.runReplayHistory({ workflowBundle }, history, 'mcp-session-replayed');
}, 180_000);
