/**
 * Features, row 10: the loser of a race, which no code awaits any more, neither suspends its call nor stops
 * the clock of the call's timeout.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({
    app: 'test/fixtures/replayApp.ts',
    nodes: 1,
    workers: 1,
    workerArgs: ['--suspend-after', '200ms'],
  });
});
afterAll(() => cluster.stop());

async function answered(tool: string) {
  const client = await new BareClient(cluster.url).open({ elicitation: {} });
  const stream = await client.call(1, tool);
  await client.answer(await stream.asked(), { action: 'accept', content: { tip: 1 } });
  return stream;
}

test('a handler that works on after a race is not suspended until the end of what it has left', async () => {
  const stream = await answered('leaves-sleep');
  await stream.ended();
  expect(stream.text).toBe('went on');
});

test("a handler that hangs after a race ends with its call's time", async () => {
  const stream = await answered('leaves-and-hangs');
  await until(() => cluster.ledger.entries().some(({ what }) => what.startsWith('hangs in attempt')));
  await stream.ended();
  expect(JSON.stringify(stream.messages.at(-1))).toContain('did not end within its time');
});
