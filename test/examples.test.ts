/** Runs the commands of the examples, as a new user does. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startCommand } from 'durable-mcp/testing';
import { ROOT } from './fixtures/root';

const run = promisify(execFile);
const temporal = process.env.TEST_TEMPORAL ?? '';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-examples-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the client walks through the shop', async () => {
  const env = { ...process.env, SHOP_DB: path.join(folder, 'shop.db') };
  const shop = await startCommand(['dev', 'examples/shop/server.ts', '--port', '0', '--data', folder], env);
  try {
    const { stdout } = await run('npx', ['tsx', 'examples/shop/client.ts', shop.ready], { cwd: ROOT, env });
    expect(stdout).toContain('kettle: €39.00');
    expect(stdout).toContain('2 × mug put aside');
    expect(stdout).toMatch(/receipt 1 for €24\.00/);
    expect([...stdout.matchAll(/packed tea (\d) of 4/g)].map(([, item]) => item)).toEqual([
      '1',
      '2',
      '3',
      '4',
    ]);
    expect(stdout).toMatch(/\? Pay €[\d.]+ for 4 × tea\? Yes, and wrap it\./);
    expect(stdout).toMatch(/4 × tea on its way to customer-\w+, receipt 2, gift-wrapped/);
    expect(stdout).toMatch(/count_charges[^\n]*\n {2}2\n/);
    expect(stdout).toContain('error: There is no product called "unicorn"');
  } finally {
    await shop.stop();
  }
});

test('the demo kills a worker and a node, and ends with one charge', async () => {
  const { stdout } = await run('npm', ['run', '--silent', 'demo'], { cwd: ROOT });
  expect(stdout).toMatch(/☠ killed node A/);
  expect(stdout).toMatch(/☠ killed worker \d/);
  expect([...stdout.matchAll(/packed mug (\d) of 8/g)].map(([, item]) => item)).toEqual([
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
  ]);
  expect(stdout).toMatch(/packed mug 8 of 8 .* by node B/);
  expect(stdout).toMatch(/answer, by node B: 8 × mug/);
  expect(stdout).toMatch(/was charged once/);
  expect(stdout).toMatch(/everything is stopped\n$/);
});

test('a workflow releases a version, after a signal has answered the server', async () => {
  const mcp = ['dev', 'examples/questions/server.ts', '--port', '0', '--temporal', temporal];
  const server = await startCommand(mcp);
  const env = { ...process.env, TEMPORAL_ADDRESS: temporal };
  const worker = spawn('npx', ['tsx', 'examples/workflow-client/worker.ts', server.ready], {
    cwd: ROOT,
    env,
    detached: true,
  });
  try {
    const start = ['tsx', 'examples/workflow-client/start.ts', 'All tests pass.'];
    const { stdout } = await run('npx', start, { cwd: ROOT, env });
    expect(stdout).toBe('? Deploy 1.2.0 to production?\n1.2.0 is deployed: All tests pass.\n');
  } finally {
    const ended = once(worker, 'exit');
    process.kill(-(worker.pid ?? 0), 'SIGTERM');
    await ended;
    await server.stop();
  }
});
