/** `durable-mcp init` makes a project whose test passes and whose server runs, with the packed package. Needs npm's registry. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, runCommand, until } from 'durable-mcp/testing';
import { pack } from '../../scripts/package/pack';

const run = promisify(execFile);
const MINUTES = 60_000;

let folder: string;
let project: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-init-'));
  project = path.join(folder, 'Order Desk');
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

test(
  'the project installs, passes its own test, and is served',
  async () => {
    expect(await runCommand(['init', project])).toMatchObject({ code: 0 });
    await run('npm', ['install', '--no-audit', '--no-fund', await pack(folder)], { cwd: project });
    expect(JSON.parse(await readFile(path.join(project, 'package.json'), 'utf8'))).toMatchObject({
      name: 'order-desk',
    });

    // Without the variable of Node's test runner: the project's test must not run as a subtest.
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const tested = await run('npm', ['test'], { cwd: project, env });
    expect(tested.stdout).toMatch(/pass 1\b[^]*fail 0\b/);

    const npx = spawn('npx', ['durable-mcp', 'dev', 'src/server.ts', '--port', '0'], {
      cwd: project,
      detached: true,
    });
    try {
      let said = '';
      npx.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      npx.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const url = await until(() => /^ready (.*)$/m.exec(said)?.[1]);
      const client = await new BareClient(url).open();
      const stream = await client.call(1, 'order', { product: 'lamp', quantity: 2 });
      await stream.ended();
      expect(stream.text).toMatch(/^Order \S+: 2 × lamp$/);
    } finally {
      const exited = once(npx, 'exit');
      process.kill(-(npx.pid ?? 0), 'SIGINT');
      await exited;
    }
  },
  5 * MINUTES,
);

test('a folder that has a project is left as it is', async () => {
  const { code, output } = await runCommand(['init', project]);
  expect(output).toMatch(/^durable-mcp: The folder .* has .*package\.json.* already; choose an empty one\./);
  expect(code).toBe(1);
});
