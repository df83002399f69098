/** The client's file store: processes that are killed, slow writers, files that are not whole, and what is left. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from 'durable-mcp/testing';
import { StoreError } from '../src/client/errors';
import { fileStore } from '../src/client/store/file';
import type { SessionStore } from '../src/client/store/store';
import { VersionedFile } from '../src/client/store/versionedFile';
import { COUNTER, countUp } from './fixtures/countUp';
import { counterCommand, startCounter } from './fixtures/counters';

const HOUR_MS = 3_600_000;
const NONE = { ifVersion: undefined, ttlMs: HOUR_MS };

let parent: string;
let folder: string;
let store: SessionStore;
beforeEach(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-files-'));
  folder = path.join(parent, 'store');
  store = fileStore(folder);
});
afterEach(async () => {
  await store.close();
  await rm(parent, { recursive: true, force: true });
});

const counted = async (): Promise<number> =>
  Number((await store.get(COUNTER.group, COUNTER.name))?.value ?? 0);
const pathsIn = async (at: string) =>
  (await readdir(at, { recursive: true })).map((file) => path.join(at, file));

/** The files of all versions. */
async function versions(): Promise<string[]> {
  const paths = await Promise.all(
    (await pathsIn(folder)).map(async (file) => ((await stat(file)).isFile() ? [file] : [])),
  );
  return paths.flat();
}

async function onlyVersion(): Promise<string> {
  const files = await versions();
  expect(files).toHaveLength(1);
  return files[0]!;
}

test('writers are killed in a loop: every number that one has stored stays, and none is stored twice', async () => {
  const places = { folder, redis: '', temporal: '', taskQueue: '' };
  const stored: number[] = [];
  let reading = true;
  const backwards: [number, number][] = [];
  const reader = (async () => {
    for (let seen = 0; reading;) {
      const now = await counted();
      if (now < seen) backwards.push([seen, now]);
      seen = now;
      const listed = await store.list(COUNTER.group);
      if (seen > 0 && Number(listed[0]?.value ?? 0) < seen) backwards.push([seen, NaN]);
    }
  })();
  try {
    for (let round = 0; round < 6; round++) {
      const before = await counted();
      const writers = await Promise.all([1, 2, 3].map(() => startCounter('file', places, Infinity)));
      writers.forEach((writer) => writer.start());
      const enough = before + 5 + Math.floor(Math.random() * 40);
      await until(async () => (await counted()) >= enough);
      writers.forEach((writer) => writer.kill());
      await Promise.all(writers.map(({ closed }) => closed));
      const numbers = writers.flatMap((writer) => writer.stored);
      expect(await counted()).toBeGreaterThanOrEqual(Math.max(...numbers));
      stored.push(...numbers);
    }
  } finally {
    reading = false;
    await reader;
  }
  expect(backwards).toEqual([]);
  expect(new Set(stored).size).toBe(stored.length);
  expect(await countUp(store)).toBeGreaterThan(Math.max(...stored));
});

test('writers that stand still in between store no number twice', async () => {
  const places = { folder, redis: '', temporal: '', taskQueue: '' };
  const writers = await Promise.all([1, 2, 3].map(() => startCounter('file', places, 60)));
  writers.forEach((writer) => writer.start());
  let ended = false;
  const all = Promise.all(writers.map(({ closed }) => closed)).then(() => (ended = true));
  for (let turn = 0; !ended; turn++) {
    const frozen = writers[turn % writers.length]!;
    frozen.freeze();
    const before = await counted();
    await until(async () => ended || (await counted()) >= before + 3, 200).catch(() => undefined);
    frozen.thaw();
  }
  await all;
  const numbers = writers.flatMap(({ stored }) => stored).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 180 }, (_, n) => n + 1));
});

test('a writer whose number was written and removed meanwhile has a conflict', async () => {
  await countUp(store);
  const file = new VersionedFile(path.dirname(await onlyVersion()), path.join(folder, 'unfinished'));
  const [command, ...args] = counterCommand('file', { folder, redis: '', temporal: '', taskQueue: '' }, 3);
  const written = await file.replace(() => {
    expect(spawnSync(command!, args, { input: 'go\n' }).status).toBe(0);
    return { name: COUNTER.name, value: 'slow', expiresAt: Date.now() + HOUR_MS };
  });
  expect(written).toBeUndefined();
  expect(await counted()).toBe(4);
  await onlyVersion();
});

test('a writer whose entry was removed meanwhile looks again', async () => {
  await countUp(store);
  const at = path.dirname(await onlyVersion());
  const seen: (string | undefined)[] = [];
  const written = await new VersionedFile(at, path.join(folder, 'unfinished')).replace((now) => {
    seen.push(now?.value);
    rmSync(at, { recursive: true, force: true });
    return now && { name: COUNTER.name, value: 'late', expiresAt: Date.now() + HOUR_MS };
  });
  expect(written).toBeUndefined();
  expect(seen).toEqual(['1', undefined]);
  expect(await store.list(COUNTER.group)).toEqual([]);
});

test('its owner alone can read it, and no name leads out of it', async () => {
  for (const name of ['../../a', '/etc/a', '..', 'a/../../b']) await store.store('../g', name, 'x', NONE);
  expect(await readdir(parent)).toEqual(['store']);
  for (const file of [folder, ...(await pathsIn(folder))]) {
    const { mode } = await stat(file);
    expect(mode & 0o777).toBe((await stat(file)).isFile() ? 0o600 : 0o700);
  }
  expect(await store.list('../g')).toHaveLength(4);
});

test.each([
  ['empty', () => ''],
  ['cut within its value', (whole: string) => whole.slice(0, -1)],
  ['cut within its first line', (whole: string) => whole.slice(0, 20)],
  ['of another program', () => '{"some":"JSON"}\ntext'],
])('a file that is %s is no entry, and another can be written', async (_what, torn) => {
  await store.store('g', 'torn', 'a value', NONE);
  const file = await onlyVersion();
  await store.store('g', 'whole', 'x', NONE);
  await writeFile(file, torn(await readFile(file, 'utf8')));
  expect(await store.get('g', 'torn')).toBeUndefined();
  const version = await store.store('g', 'torn', 'anew', NONE);
  expect(await store.get('g', 'torn')).toEqual({ name: 'torn', value: 'anew', version });
  expect((await store.list('g')).map(({ name }) => name).sort()).toEqual(['torn', 'whole']);
});

test('what has expired long ago is removed by list, and when a process opens the store', async () => {
  const longAgo = async (file: string) =>
    writeFile(file, (await readFile(file, 'utf8')).replace(/"(expiresAt|writtenAt)":\d+/g, '"$1":1'));
  await store.store('g', 'a', 'x', NONE);
  await longAgo(await onlyVersion());
  expect(await store.get('g', 'a')).toBeUndefined();
  expect(await store.list('g')).toEqual([]);
  expect(await readdir(folder)).toEqual(['unfinished']);

  const version = await store.store('g', 'a', 'x', NONE);
  expect(await store.delete('g', 'a', version!)).toBe(true);
  expect(await store.list('g')).toEqual([]);
  await longAgo(await onlyVersion()); // the deletion, which stays for a while
  const unfinished = path.join(folder, 'unfinished/killed');
  await writeFile(unfinished, 'of a writer that was killed');
  await utimes(unfinished, 1, 1);
  const next = fileStore(folder);
  expect(await next.get('g', 'a')).toBeUndefined();
  await next.close();
  expect(await pathsIn(folder)).toEqual([path.join(folder, 'unfinished')]);
});

test('a folder that cannot be used is named in one sentence', async () => {
  await mkdir(parent, { recursive: true });
  await writeFile(folder, 'a file');
  await expect(store.get('g', 'a')).rejects.toThrow(StoreError);
  await expect(store.get('g', 'a')).rejects.toThrow(`The session store in ${folder} cannot be used: `);
  await rm(folder);
  expect(await store.store('g', 'a', 'x', NONE)).toBeDefined();
});
