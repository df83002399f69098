/** Features, row 59: steps keep their guarantees with wrong clocks, and with unusual names and errors. */
import { afterEach, expect, test } from '@jest/globals';
import { BareClient, type Cluster, type ClusterOptions, waitUntilIdle, until } from 'durable-mcp/testing';
import { runs } from '../fixtures/alwaysSuspending';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
const start = async (options: Partial<ClusterOptions>) => {
  cluster = await startCluster({
    nodes: 1,
    workers: 1,
    workerArgs: ['--suspend-after', '100ms'],
    ...options,
  });
};
afterEach(() => cluster.stop());

const texts = (what: RegExp) =>
  cluster.ledger.entries().flatMap((entry) => (what.test(entry.what) ? [entry.what] : []));

test.each(['-41000', '41000'])(
  'a worker whose clock is %s ms off sleeps once, for as long as it is told',
  async (SKEW) => {
    await start({ app: 'test/fixtures/behindApp.ts', workers: 0 });
    process.env.SKEW = SKEW;
    await cluster.startWorker();
    delete process.env.SKEW;
    const client = await new BareClient(cluster.url).open();
    const began = performance.now();
    const stream = await client.call(1, 'naps');
    await stream.ended();
    expect(stream.text).toBe('slept');
    expect(performance.now() - began).toBeGreaterThan(3_000);
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(texts(/^woke in attempt/)).toHaveLength(runs(1));
    const { events } = await waitUntilIdle(await cluster.workflowOf(client.sessionId));
    expect(events.length).toBeLessThan(60);
  },
);

test('steps with long, foreign and broken names, and errors that have no texts, are recorded for the next worker', async () => {
  await start({ app: 'test/fixtures/replayApp.ts' });
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'odd-names');
  const [first] = await until(() => texts(/^odd attempt/).length > 0 && texts(/^odd attempt/));
  await cluster.killWhoDid(first!);
  await cluster.startWorker();
  await until(() => texts(/^odd attempt/).length > 1);
  cluster.ledger.open('odd');
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 1, error: {} }]); // the error has no text as message, so the SDK can make no tool result of it
  const seen = 'StepFailed by 5: undefined';
  for (const text of texts(/^odd attempt/)) expect(text).toMatch(new RegExp(`: ${seen}, ${seen}$`));
  for (const n of [0, 1, 2]) {
    expect(cluster.ledger.count(`once ${n}`)).toBe(1);
    expect(cluster.ledger.count(`again ${n}`)).toBe(1);
  }
});

test('an at-most-once step whose name is made anew runs again, and the worker says so', async () => {
  await start({ app: 'test/fixtures/replayApp.ts' });
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'name-by-chance');
  await until(() => cluster.ledger.find('charged by chance'));
  await cluster.killWhoDid('charged by chance');
  const worker = await cluster.startWorker();
  await until(() => cluster.ledger.count('charged by chance') > 1);
  cluster.ledger.open('chance');
  await stream.ended();
  expect(stream.text).toBe('charged');
  await until(() => /began at-most-once steps that this one did not come to/.test(worker.output()));
  expect(worker.output()).toContain('"steps":["charge ');
});
