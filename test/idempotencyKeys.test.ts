/**
 * A step's idempotency key goes to third parties, so it reveals nothing of the session. A call that began
 * under an older version keeps its keys.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { REQUEST_SIGNAL } from '../src/wire/signals';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let client: BareClient;
beforeEach(async () => {
  cluster = await startCluster({ nodes: 1 });
  client = await new BareClient(cluster.url).open();
});
afterEach(() => cluster.stop());

const keys = () =>
  cluster.ledger
    .entries()
    .flatMap(({ what }) => (what.startsWith('key ') ? [what.slice('key '.length)] : []));

/** The keys of a step at its first attempt, and at the attempt of another worker after the first was killed. */
async function twoKeys(): Promise<string[]> {
  const [first] = await until(() => keys().length === 1 && keys());
  await cluster.killWhoDid(`key ${first}`);
  const both = await until(() => keys().length === 2 && keys());
  cluster.ledger.open('in-step');
  cluster.ledger.open('after-step');
  return both;
}

test('it is the same at each attempt, and no part of the session id is in it', async () => {
  await client.call(1, 'step-at-least-once');
  const [first, second] = await twoKeys();
  expect(second).toBe(first);
  expect(first).toMatch(/^[\w-]{43}$/);
  for (const part of client.sessionId.split('-')) expect(first).not.toContain(part);
});

test('a call that a node of 0.3 has sent keeps its key', async () => {
  const policy = {
    delivery: 'at-least-once',
    maximumAttempts: 3,
    initialIntervalMs: 1_000,
    timeoutMs: 60_000,
  };
  const message = client.callMessage(1, 'step-at-least-once');
  const session = await cluster.workflowOf(client.sessionId);
  await session.signal(REQUEST_SIGNAL, { message, policy, postId: randomUUID(), digest: 'of 0.3' });
  const key = `${client.sessionId}/1/step`;
  expect(await twoKeys()).toEqual([key, key]);
});
