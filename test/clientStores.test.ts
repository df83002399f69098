/** One suite over all stores of the client: whatever holds for one holds for each. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, until } from 'durable-mcp/testing';
import { withCodec } from '../src/client/store/codec';
import type { Entry, SessionStore } from '../src/client/store/store';
import { aes } from './fixtures/aesText';
import { COUNTER } from './fixtures/countUp';
import { startCounter } from './fixtures/counters';
import { NO_REDIS, redisServer, startRedis, type RunningRedis } from './fixtures/redis';
import { startCluster } from './fixtures/startCluster';
import { openStore, type Kind, type OpenStore, type Places } from './fixtures/stores';

const HOUR_MS = 3_600_000;
const SOON_MS = 300;
const NONE = { ifVersion: undefined, ttlMs: HOUR_MS };
const after = (ifVersion: string | undefined, ttlMs = HOUR_MS) => ({ ifVersion, ttlMs });
const byName = (entries: Entry[]) =>
  new Map(entries.map(({ name, value }) => [name, value] as const).sort(([a], [b]) => (a < b ? -1 : 1)));

let folder: string;
let cluster: Cluster;
let redis: RunningRedis | undefined;
let places: Places;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-stores-'));
  [cluster, redis] = await Promise.all([
    startCluster({ nodes: 0, workers: 1 }),
    redisServer ? startRedis() : undefined,
  ]);
  places = {
    folder: path.join(folder, 'store'),
    redis: redis?.url ?? '',
    temporal: cluster.address,
    taskQueue: cluster.taskQueue,
  };
});
afterAll(async () => {
  await redis?.stop();
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

if (!redisServer) console.warn(NO_REDIS);

const suite = (kind: Kind) => {
  let open: OpenStore;
  let store: SessionStore;
  beforeAll(async () => {
    open = await openStore(kind, places);
    ({ store } = open);
  });
  afterAll(() => open.end());

  test('an entry is written, read, replaced and deleted, by its version only', async () => {
    const group = randomUUID();
    expect(await store.get(group, 'a')).toBeUndefined();
    expect(await store.list(group)).toEqual([]);
    expect(await store.delete(group, 'a', 'none')).toBe(false);
    expect(await store.store(group, 'a', 'x', after('1'))).toBeUndefined();

    const first = await store.store(group, 'a', 'one', NONE);
    expect(await store.get(group, 'a')).toEqual({ name: 'a', value: 'one', version: first });
    expect(await store.store(group, 'a', 'again', NONE)).toBeUndefined();
    const second = await store.store(group, 'a', 'one', after(first));
    expect(second).not.toBe(first);
    expect(await store.store(group, 'a', 'two', after(first))).toBeUndefined();
    expect(await store.get(group, 'a')).toEqual({ name: 'a', value: 'one', version: second });

    const other = await store.store(group, 'b', '', NONE);
    expect((await store.list(group)).sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'a', value: 'one', version: second },
      { name: 'b', value: '', version: other },
    ]);

    expect(await store.delete(group, 'a', first!)).toBe(false);
    expect(await store.delete(group, 'a', second!)).toBe(true);
    expect(await store.delete(group, 'a', second!)).toBe(false);
    expect(await store.get(group, 'a')).toBeUndefined();
    expect(await store.store(group, 'a', 'late', after(second))).toBeUndefined();
    const third = await store.store(group, 'a', 'anew', NONE);
    expect([first, second]).not.toContain(third);
    expect(byName(await store.list(group))).toEqual(
      new Map([
        ['a', 'anew'],
        ['b', ''],
      ]),
    );
  });

  test('of 20 writers at once, one wins each round, and none wins who also lost', async () => {
    const group = randomUUID();
    let version: string | undefined;
    for (let round = 0; round < 4; round++) {
      const writers = Array.from({ length: 20 }, (_, n) =>
        store.store(group, 'n', `${round}.${n}`, after(version)),
      );
      const versions = await Promise.all(writers);
      const won = versions.flatMap((won, n) => (won === undefined ? [] : [{ n, won }]));
      expect(won).toHaveLength(1);
      version = won[0]?.won;
      expect(await store.get(group, 'n')).toEqual({ name: 'n', value: `${round}.${won[0]?.n}`, version });
    }
    const last = version!;
    const mixed = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 ? store.delete(group, 'n', last) : store.store(group, 'n', 'x', after(last)),
      ),
    );
    expect(mixed.filter((won) => won !== undefined && won !== false)).toHaveLength(1);
  });

  test('an expired entry is gone, and one that was written again lives on', async () => {
    const group = randomUUID();
    const renewed = await until(async () => {
      const name = randomUUID();
      const version = await store.store(group, name, 'short', { ifVersion: undefined, ttlMs: 5 * SOON_MS });
      return (await store.store(group, name, 'long', after(version))) && name;
    });
    const written = await store.store(group, 'soon', 'x', { ifVersion: undefined, ttlMs: SOON_MS });
    await until(async () => (await store.get(group, 'soon')) === undefined);
    expect(await store.delete(group, 'soon', written!)).toBe(false);
    expect(await store.store(group, 'soon', 'y', after(written))).toBeUndefined();
    await until(async () => (await store.list(group)).length === 1);
    expect(await store.get(group, renewed)).toMatchObject({ value: 'long' });
    expect(await store.store(group, 'soon', 'y', NONE)).toBeDefined();
    expect(byName(await store.list(group))).toEqual(
      byName([
        { name: renewed, value: 'long', version: '' },
        { name: 'soon', value: 'y', version: '' },
      ]),
    );
  });

  test('groups are apart, and names of every form are', async () => {
    const names = ['a/b', 'a', 'A', '/', '..', '../..', './a', 'a:b', 'a.1', 'a.2', '-_', 'n'.repeat(200)];
    const groups = [randomUUID(), `a:${randomUUID()}`, `A:${randomUUID()}-_`];
    for (const group of groups)
      await Promise.all(names.map((name) => store.store(group, name, `${group} ${name}`, NONE)));
    for (const group of groups) {
      const entries = byName(await store.list(group));
      expect([...entries.keys()]).toEqual([...names].sort());
      for (const name of names) {
        expect(entries.get(name)).toBe(`${group} ${name}`);
        expect(await store.get(group, name)).toMatchObject({ name, value: `${group} ${name}` });
      }
    }
  });

  test('values of 200 kB come back as they were', async () => {
    const group = randomUUID();
    const value = '{"text":"ä€😀\\n\u2028\0"}\r\n'.repeat(8_000).slice(0, 199_990);
    let version: string | undefined;
    for (let n = 0; n < 3; n++) version = await store.store(group, 'large', `${value}${n}`, after(version));
    expect((await store.get(group, 'large'))?.value === `${value}2`).toBe(true);
    await store.store(group, 'other', value, NONE);
    expect((await store.list(group)).map((entry) => entry.value.length).sort()).toEqual(
      [value.length, value.length + 1].sort(),
    );
  });

  test('behind a codec, values are not readable, and are the same', async () => {
    const group = randomUUID();
    const coded = withCodec(store, aes('a password'));
    const version = await coded.store(group, 'n', 'a secret', NONE);
    expect(await coded.get(group, 'n')).toEqual({ name: 'n', value: 'a secret', version });
    expect(await coded.list(group)).toEqual([{ name: 'n', value: 'a secret', version }]);
    expect((await store.get(group, 'n'))?.value).not.toContain('secret');
    const wrong = withCodec(store, aes('another'));
    await expect(wrong.get(group, 'n')).rejects.toThrow(/cannot be decoded/);
    expect(await coded.delete(group, 'n', version!)).toBe(true);
  });

  if (kind === 'memory') return;

  test('two processes count together: each number once, none left out', async () => {
    const own = { ...places, folder: path.join(folder, 'counted') };
    if (kind.startsWith('redis')) await clear(store);
    const times = kind === 'temporal' ? 15 : 40;
    const counters = await Promise.all([startCounter(kind, own, times), startCounter(kind, own, times)]);
    counters.forEach((counter) => counter.start());
    for (const { closed } of counters) expect(await closed).toEqual([0, null]);
    const numbers = counters.flatMap(({ stored }) => stored).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 2 * times }, (_, n) => n + 1));
  });

  test('closing leaves a borrowed client open', async () => {
    await store.close();
    expect(await store.store(randomUUID(), 'n', 'x', NONE)).toBeDefined();
  });
};

async function clear(store: SessionStore): Promise<void> {
  const left = await store.get(COUNTER.group, COUNTER.name);
  if (left) await store.delete(COUNTER.group, COUNTER.name, left.version);
}

describe.each<Kind>(['memory', 'file', 'temporal'])('%s', suite);
(redisServer ? describe : describe.skip).each<Kind>(['redis with ioredis', 'redis with node-redis'])(
  '%s',
  suite,
);
