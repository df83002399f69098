/** The client's stores in Redis and Temporal: back ends that are away, limits, and what is left in them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { Redis } from 'ioredis';
import { type Cluster, until } from 'durable-mcp/testing';
import { StoreError } from '../../src/client/errors';
import { redisStore } from '../../src/client/store/redis';
import type { SessionStore } from '../../src/client/store/store';
import { temporalStore } from '../../src/client/store/temporal';
import { countUp } from '../fixtures/countUp';
import { NO_REDIS, redisServer, startRedis, type RunningRedis } from '../fixtures/redis';
import { startCluster } from '../fixtures/startCluster';
import { replay } from '../fixtures/replay';
import { openStore } from '../fixtures/stores';

const HOUR_MS = 3_600_000;
const SOON_MS = 300;
const NONE = { ifVersion: undefined, ttlMs: HOUR_MS };

if (!redisServer) console.warn(NO_REDIS);

(redisServer ? describe : describe.skip)('Redis', () => {
  let redis: RunningRedis;
  let client: Redis;
  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });

  test('all keys of a group have its hash tag, and none is left when its entries have expired', async () => {
    const store = redisStore(client, { prefix: 'shop:' });
    const soon = { ifVersion: undefined, ttlMs: SOON_MS };
    await Promise.all([store.store('kept', 'long', 'x', NONE), store.store('gone', 'a', 'x', soon)]);
    await store.store('kept', 'soon', 'x', soon);
    for (const key of await client.keys('*')) expect(key).toMatch(/^shop:\{(kept|gone)\}/);

    await until(async () => (await store.list('kept')).length === 1);
    expect(await client.zcard('shop:{kept}')).toBe(1);
    expect(await client.pttl('shop:{kept}')).toBeGreaterThan(HOUR_MS / 2);
    await until(async () => (await client.keys('shop:{gone}*')).length === 0);
    expect(() => redisStore(client, { prefix: '{shop}' })).toThrow(/hash tag/);
  });

  test('a Redis that does not answer is an error, for both clients', async () => {
    const places = { folder: '', redis: redis.url, temporal: '', taskQueue: '' };
    const open = await Promise.all([
      openStore('redis with ioredis', places),
      openStore('redis with node-redis', places),
    ]);
    for (const { store } of open) await store.store('g', randomUUID(), 'x', NONE);
    redis.freeze();
    const failed = await Promise.all(
      open.map(({ store }) => store.get('g', 'a').catch((error: unknown) => error)),
    );
    for (const error of failed) {
      expect(error).toBeInstanceOf(StoreError);
      expect((error as Error).message).toMatch(
        /^Redis did not carry out .*: no answer came within 10 s; see /,
      );
    }
    await Promise.all(open.map(({ end }) => end()));
  });
});

describe('Temporal', () => {
  let cluster: Cluster;
  let connection: Connection;
  let client: Client;
  let store: SessionStore;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 0, workers: 1 });
    const channelArgs = { 'grpc.max_receive_message_length': 64 * 1024 * 1024 }; // for whole histories
    connection = await Connection.connect({ address: cluster.address, channelArgs });
    client = new Client({ connection });
    store = temporalStore(client, { taskQueue: cluster.taskQueue });
  });
  afterAll(async () => {
    await connection.close();
    await cluster.stop();
  });

  const workflowOf = (group: string) => client.workflow.getHandle(`mcp-client-${group}`);

  test('the workflow ends with its last entry, and the next entry starts another', async () => {
    const group = randomUUID();
    await store.store(group, 'a', 'x', { ifVersion: undefined, ttlMs: 2 * SOON_MS });
    const version = await store.store(group, 'b', 'x', NONE);
    await until(async () => (await store.list(group)).length === 1);
    expect((await workflowOf(group).describe()).status.name).toBe('RUNNING');
    expect(await store.delete(group, 'b', version!)).toBe(true);
    await workflowOf(group).result();
    expect(await store.get(group, 'b')).toBeUndefined();
    expect(await store.store(group, 'b', 'y', NONE)).toBeDefined();
    expect(await store.list(group)).toMatchObject([{ name: 'b', value: 'y' }]);
  });

  test('what an operator has terminated is gone', async () => {
    const group = randomUUID();
    const version = await store.store(group, 'a', 'x', NONE);
    await workflowOf(group).terminate();
    expect(await store.get(group, 'a')).toBeUndefined();
    expect(await store.store(group, 'a', 'y', { ...NONE, ifVersion: version })).toBeUndefined();
    expect(await store.store(group, 'a', 'y', NONE)).toBeDefined();
  });

  test('reading starts no workflow', async () => {
    const group = randomUUID();
    expect([await store.get(group, 'a'), await store.list(group)]).toEqual([undefined, []]);
    await expect(workflowOf(group).describe()).rejects.toThrow(/not found/);
  });

  test('it continues as new with all entries, writes meanwhile are kept, and its history replays', async () => {
    const group = randomUUID();
    const numbers: number[] = [];
    let writing = true;
    const counting = [1, 2, 3].map(async (n) => {
      while (writing) numbers.push(await countUp(store, { group, name: `count${n % 2}` }));
    });
    const large = 'x'.repeat(900_000);
    let version = await store.store(group, 'large', large, NONE);
    const { runId } = await workflowOf(group).describe();
    await until(async () => {
      version = await store.store(group, 'large', large, { ifVersion: version, ttlMs: HOUR_MS });
      expect(version).toBeDefined();
      return (await workflowOf(group).describe()).runId !== runId;
    }).finally(() => (writing = false));
    await Promise.all(counting);
    const entries = new Map((await store.list(group)).map(({ name, value }) => [name, value]));
    expect(entries.get('large') === large).toBe(true);
    expect(Number(entries.get('count0')) + Number(entries.get('count1'))).toBe(numbers.length);

    const first = await client.workflow.getHandle(`mcp-client-${group}`, runId).fetchHistory();
    await replay(first);
  });

  test('what is too large is refused, and the group goes on', async () => {
    const group = randomUUID();
    const large = 'x'.repeat(900_000);
    const refused = await store
      .store(group, 'a', 'x'.repeat(1_000_000), NONE)
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StoreError);
    expect(refused).toMatchObject({
      retryable: false,
      message: expect.stringMatching(/1000002 bytes as JSON and 1000000/),
    });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const stored = await Promise.allSettled(names.map((name) => store.store(group, name, large, NONE)));
    const reasons = stored.flatMap((write) => (write.status === 'rejected' ? [String(write.reason)] : []));
    expect(reasons).toHaveLength(4);
    for (const reason of reasons)
      expect(reason).toMatch(/has no space: 1900000 bytes are the limit in Temporal/);
    expect(await store.list(group)).toHaveLength(2);
    expect(await store.store(group, 'small', 'x', NONE)).toBeDefined();
  });

  test('without a worker, an operation fails and says what to do', async () => {
    const taskQueue = `nobody-${randomUUID()}`;
    const alone = temporalStore(client, { taskQueue, prefix: `${taskQueue}-` });
    const failed = await Promise.all([
      alone.store('g', 'a', 'x', NONE).catch((error: unknown) => error),
      until(() =>
        client.workflow
          .getHandle(`${taskQueue}-g`)
          .describe()
          .catch(() => undefined),
      ).then(() =>
        Promise.all([
          alone.get('g', 'a').catch((error: unknown) => error),
          alone.delete('g', 'a', '1').catch((error: unknown) => error),
        ]),
      ),
    ]);
    for (const error of failed.flat()) {
      expect(error).toBeInstanceOf(StoreError);
      expect((error as Error).message).toMatch(
        /^Temporal did not serve the session store: .*; see that Temporal runs/,
      );
      expect((error as Error).message).toContain(`serves the task queue "${taskQueue}"`);
    }
    await client.workflow.getHandle(`${taskQueue}-g`).terminate();
  });
});
