/**
 * The search for a Temporal server must not run an untrusted program: neither a file of the current folder, nor a
 * download whose hash is not the known release's. Successful downloads: `fetchServer.test.ts`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROOT } from './fixtures/root';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-find-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Creates a command that leaves a marker file when it is run. */
async function trap(name: string): Promise<{ file: string; hasRun: () => boolean }> {
  const file = path.join(folder, name);
  const mark = `${file}.ran`;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n: > '${mark}'\nexit 1\n`);
  await chmod(file, 0o755);
  return { file, hasRun: () => existsSync(mark) };
}

/** Starts `durable-mcp temporal` in the folder `cwd`. The start fails, since no server is found; resolves with its output. */
async function startIn(cwd: string, env: NodeJS.ProcessEnv, nodeArgs: string[] = []): Promise<string> {
  const bin = path.join(ROOT, 'bin/durable-mcp');
  const args = [...nodeArgs, bin, 'temporal', '--data', path.join(folder, 'none'), '--port', '0'];
  // With an empty PATH, a server cannot be fetched by pip or go either.
  const child = spawn(process.execPath, args, {
    cwd,
    env: { HOME: folder, TEMPORAL_CLI: '', PATH: '', ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return output;
}

/** Creates a folder for PATH that has only these commands. */
async function binOf(...names: string[]): Promise<string> {
  const bin = await mkdtemp(path.join(folder, 'bin-'));
  const find = (name: string) => ['/usr/bin', '/bin'].map((at) => path.join(at, name)).find(existsSync);
  for (const name of names) await symlink(find(name) ?? name, path.join(bin, name));
  return bin;
}

/** Preloaded module that sends the download to OTHER_HOST instead of the real host. */
const LOST = path.join(ROOT, 'test/fixtures/otherHost.mjs');

test.each([
  ['an empty XDG_CACHE_HOME', 'durable-mcp/temporal-1.9.1', { XDG_CACHE_HOME: '' }],
  ['a relative XDG_CACHE_HOME', 'cache/durable-mcp/temporal-1.9.1', { XDG_CACHE_HOME: 'cache' }],
  ['an empty HOME', '.cache/durable-mcp/temporal-1.9.1', { HOME: '' }],
  ['a PATH with the current folder', 'temporal', { PATH: '.' }],
])('%s runs nothing of the current folder', async (name, file, env) => {
  const cwd = path.join(folder, name.replaceAll(' ', '-'));
  const { hasRun } = await trap(path.relative(folder, path.join(cwd, file)));
  const home = await mkdtemp(path.join(folder, 'home-'));
  await startIn(cwd, { HOME: home, OTHER_HOST: 'http://127.0.0.1:1', ...env }, ['--import', LOST]);
  expect(hasRun()).toBe(false);
});

test('a download that is not the known release is not run', async () => {
  const { file, hasRun } = await trap('fake/temporal');
  const archive = path.join(folder, 'fake.tar.gz');
  await once(spawn('tar', ['-czf', archive, '-C', path.dirname(file), 'temporal']), 'close');
  const bytes = await readFile(archive);
  const asked: string[] = [];
  const host = createServer((req, res) => {
    asked.push(req.url ?? '');
    res.end(bytes);
  }).listen(0, '127.0.0.1');
  await once(host, 'listening');
  try {
    const OTHER_HOST = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    const bin = await binOf('tar', 'gzip', 'cp');
    const env = { OTHER_HOST, XDG_CACHE_HOME: path.join(folder, 'fake-cache'), PATH: bin };
    const output = await startIn(folder, env, ['--import', LOST]);
    expect(asked.length).toBeGreaterThan(0);
    expect(hasRun()).toBe(false);
    expect(output).toMatch(/failed \(\S+ has the hash [0-9a-f]{64}, not the known one: it was not used\)/);
  } finally {
    host.close();
  }
});
