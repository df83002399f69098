/**
 * Features, rows 5, 6 and 9: the guarantees of a step whose worker dies inside it or after it, or wakes up
 * after another worker has taken over.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let client: BareClient;
beforeEach(async () => {
  cluster = await startCluster({ nodes: 1 });
  client = await new BareClient(cluster.url).open();
});
afterEach(() => cluster.stop());

const count = (what: string) => cluster.ledger.count(what);

test('atLeastOnce: killed inside, the step starts twice and ends once, under one idempotency key', async () => {
  const stream = await client.call(1, 'step-at-least-once');
  // The tool notes its key after the start of the step.
  const key = await until(() => cluster.ledger.entries().find(({ what }) => what.startsWith('key '))?.what);
  await cluster.killWhoDid(key);
  await until(() => count(key) === 2);
  cluster.ledger.open('in-step');
  cluster.ledger.open('after-step');
  await stream.ended();
  expect(stream.messages).toMatchObject([
    { id: 1, result: { content: [{ text: expect.stringContaining('"made":"once"') }] } },
  ]);
  expect(count('step started')).toBe(2);
  expect(count('step ended')).toBe(1);
});

test('atLeastOnce: killed after it, the step does not start again and the recorded value returns', async () => {
  cluster.ledger.open('in-step');
  const stream = await client.call(1, 'step-at-least-once');
  await until(() => count('after step') === 1);
  const first = cluster.ledger.find('after step')!.pid;
  await cluster.killWhoDid('after step');
  await until(() => count('after step') === 2);
  cluster.ledger.open('after-step');
  await stream.ended();
  expect(stream.messages).toMatchObject([
    { result: { content: [{ text: JSON.stringify({ made: 'once', by: first }) }] } },
  ]);
  expect(count('step started')).toBe(1);
});

test('atMostOnce: killed inside, the step never starts again and fails at every later evaluation, catchably', async () => {
  const stream = await client.call(1, 'step-at-most-once');
  await until(() => count('step started') === 1);
  await cluster.killWhoDid('step started');
  cluster.ledger.open('in-step');
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'unknown' }] } }]);
  expect(count('step started')).toBe(1);
  expect(count('caught at evaluation 2')).toBe(1);
  expect(count('caught at evaluation 3')).toBe(1);
});

test('atMostOnce: an attempt that wakes up after its successor has begun cannot claim', async () => {
  const stream = await client.call(1, 'claims-late');
  await until(() => count('attempt 1 before its claim') === 1);
  const zombie = cluster.ledger.find('attempt 1 before its claim')!.pid;
  process.kill(zombie, 'SIGSTOP');
  try {
    // Temporal may first give attempts to the frozen worker's open polls, so the successor need not be attempt 2. Each
    // such attempt ends by its heartbeat timeout, 20 to 40 s in all: hence the long wait.
    await until(
      () => cluster.ledger.entries().find(({ what, pid }) => pid !== zombie && /before its claim/.test(what)),
      150_000,
    );
    cluster.ledger.open('claim-first');
  } finally {
    process.kill(zombie, 'SIGCONT');
  }
  await until(() => count('attempt 1 refused') === 1);
  expect(count('charged')).toBe(0);
  cluster.ledger.open('claim-later');
  await stream.ended();
  expect(stream.messages).toMatchObject([
    { result: { content: [{ text: expect.stringMatching(/^charged by attempt (?!1$)/) }] } },
  ]);
  expect(count('charged')).toBe(1);
}, 240_000);

test('names: a second use of a name is refused, keys tell rounds apart, a recorded failure is not run again', async () => {
  const twice = await client.call(1, 'step-twice');
  await twice.ended();
  expect(twice.messages).toMatchObject([
    { result: { isError: true, content: [{ text: expect.stringMatching(/"same" was used before/) }] } },
  ]);
  const keyed = await client.call(2, 'steps-keyed');
  await keyed.ended();
  expect(keyed.messages).toMatchObject([{ result: { content: [{ text: '10,20,30' }] } }]);
  const failed = await client.call(3, 'step-recorded-failure');
  await failed.ended();
  expect(failed.messages).toMatchObject([{ result: { isError: true, content: [{ text: 'declined' }] } }]);
  expect(count('charge ran')).toBe(1);
});
