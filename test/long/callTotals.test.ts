/** The limits of a call count over all of its attempts, so that the messages, journal and crashes of one call end no session. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type Recorded } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
let client: BareClient;
let isOver = false;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/greedyApp.ts', workers: 1 });
  client = await new BareClient(cluster.url).open();
  void keepWorker();
});
afterAll(async () => {
  isOver = true;
  await cluster.stop();
});

/** Restarts the worker whenever it exits, as a process manager does. */
async function keepWorker(): Promise<void> {
  while (!isOver) {
    await cluster.workers[0]!.exited;
    if (isOver) return;
    cluster.workers.splice(0);
    await cluster.startWorker();
  }
}

const historyBytes = async () =>
  (await (await cluster.workflowOf(client.sessionId)).describe()).historySize ?? 0;

async function answerTo(id: string, tool: string, args: Record<string, unknown> = {}): Promise<Recorded> {
  const stream = await client.call(id, tool, args);
  let rest = stream;
  await rest.ended();
  while (rest.messages.every((message) => 'method' in message)) {
    rest = await client.get(stream.events[0]!.id);
    await rest.ended();
  }
  return rest;
}

test('what a call says counts over all of its attempts, and ends only that call', async () => {
  const neighbour = await client.call('neighbour', 'sleeps', { name: 'neighbour' });
  const { result, text } = await answerTo('shouts', 'shouts');
  expect(result.isError).toBe(true);
  expect(text).toMatch(/has said 8000000 bytes in all of its attempts/);
  expect(cluster.ledger.count('shouts ran')).toBe(2);
  expect(await historyBytes()).toBeLessThan(10_000_000);
  cluster.ledger.open('neighbour');
  await neighbour.ended();
  expect(neighbour.text).toBe('neighbour done');
});

test('a call that says too much ends, whether or not its handler waits for what it says', async () => {
  const { result, text } = await answerTo('unheard', 'shouts-unheard');
  expect(result.isError).toBe(true);
  expect(text).toMatch(/has said 8000000 bytes/);
});

test('a large journal is not written again with each attempt', async () => {
  const before = await historyBytes();
  expect((await answerTo('heavy', 'heavy', { crashes: 4 })).text).toBe('1400000 at attempt 5');
  expect(cluster.ledger.count('heavy ran')).toBe(5);
  expect((await historyBytes()) - before).toBeLessThan(2_800_000);
}, 120_000);

test('a call that ends its worker again and again is given up', async () => {
  const { result, text } = await answerTo('crashes', 'crashes');
  expect(result.isError).toBe(true);
  expect(text).toMatch(/^The call of crashes has ended 3 workers in a row, and is given up/);
  expect(cluster.ledger.count('crashes ran')).toBe(3);
  expect((await answerTo('echo', 'echo', { value: 'alive' })).text).toBe('alive');
}, 120_000);

test('a call that gets on between its crashes is not given up', async () => {
  const { text } = await answerTo('on its way', 'crashes-on-its-way', { times: 4 });
  expect(text).toBe('got there at attempt 5');
}, 120_000);
