/**
 * A second SIGTERM leaves running calls their grace period, since a pre-stop hook and the stop itself may
 * each send one. A third SIGTERM ends the grace period.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type RunningCommand, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 0 });
});
afterAll(() => cluster.stop());

/** Signals within this time count as one: a single Ctrl-C can arrive twice. */
const ONE_REQUEST_MS = 1_000;

async function termAgain({ pid }: RunningCommand, before: number): Promise<number> {
  await until(() => performance.now() - before > ONE_REQUEST_MS + 200);
  process.kill(pid, 'SIGTERM');
  return performance.now();
}

async function running(name: string) {
  const worker = await cluster.startWorker();
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(name, 'gated-once', { name });
  await until(() => cluster.ledger.find(`${name} started`));
  process.kill(worker.pid, 'SIGTERM');
  return { worker, stream, again: () => termAgain(worker, performance.now()) };
}

test('a second one leaves an at-most-once call its time', async () => {
  const { worker, stream, again } = await running('twice');
  await again();
  await until(() => worker.output().includes('stopping already'));
  cluster.ledger.open('twice');
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 'twice', result: { content: [{ text: 'twice done' }] } }]);
  expect(await worker.exited).toBe(0);
});

test('a third one ends it at once', async () => {
  const { worker, again } = await running('thrice');
  await again();
  await again();
  expect(await worker.exited).toBe(130);
});
