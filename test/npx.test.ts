/**
 * `npx durable-mcp dev` leaves no process running, whichever signal stops npx. npm forwards a signal only to
 * its shell.
 */
import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from 'durable-mcp/testing';
import { ROOT } from './fixtures/root';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-npx-'));
  const modules = path.join(folder, 'node_modules');
  await mkdir(path.join(modules, '.bin'), { recursive: true });
  await symlink(ROOT, path.join(modules, 'durable-mcp'));
  await symlink('../durable-mcp/bin/durable-mcp', path.join(modules, '.bin', 'durable-mcp'));
  await writeFile(path.join(folder, 'package.json'), '{ "name": "walk", "private": true }');
  const server = `import { DurableMcpServer } from 'durable-mcp';
export default () => new DurableMcpServer({ name: 'walk', version: '1' });`;
  await writeFile(path.join(folder, 'server.mjs'), server);
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

test.each([
  ['SIGTERM to npx', (pid: number) => process.kill(pid, 'SIGTERM')],
  ['SIGKILL to npx', (pid: number) => process.kill(pid, 'SIGKILL')],
  // A terminal sends SIGINT to the whole process group.
  ['Ctrl-C', (pid: number) => process.kill(-pid, 'SIGINT')],
])('%s leaves nothing running', async (_what, stop) => {
  const args = ['durable-mcp', 'dev', 'server.mjs', '--port', '0'];
  const npx = spawn('npx', args, { cwd: folder, detached: true });
  await ready(npx);
  const started = descendants(npx.pid ?? 0);
  // dev, its worker, its node, Temporal and the guard process of Temporal; usually also npx's shell.
  expect(started.length).toBeGreaterThanOrEqual(5);
  stop(npx.pid ?? 0);
  await once(npx, 'exit');
  await until(() => !started.some(isAlive));
});

async function ready({ stdout, stderr }: ChildProcess): Promise<void> {
  let said = '';
  stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until(() => said.includes('Stop with Ctrl-C'));
}

function descendants(pid: number): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=']).toString().trim().split('\n');
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const childrenOf = (parent: number): number[] =>
    pairs.flatMap(([child = 0, of]) => (of === parent ? [child, ...childrenOf(child)] : []));
  return childrenOf(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
