/**
 * Shows that this version continues calls that an earlier version has suspended: `npx tsx
 * scripts/upgradeFrom.ts COMMIT`, after `npm run build`. Builds that commit in a temporary folder with this
 * folder's dependencies, opens sessions with it, stops it, and continues the sessions with this version.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  BareClient,
  Ledger,
  TestTemporal,
  startCommand,
  until,
  type RunningCommand,
} from 'durable-mcp/testing';
import { Client, Connection } from '@temporalio/client';
import type { SessionState } from '../src/wire/session';
import { ROOT } from '../test/fixtures/root';

const APP = 'test/fixtures/askingApp.ts';
const QUEUE = 'upgrade';
const folder = mkdtempSync(path.join(os.tmpdir(), 'durable-mcp-upgrade-'));
const started: RunningCommand[] = [];
const expect = (what: string, seen: unknown, expected: unknown) => {
  const [is, should] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what}: ${is} instead of ${should}`);
  console.log(`${what}: ${is}`);
};

async function main(commit: string): Promise<void> {
  const temporal = await TestTemporal.start();
  const ledger = await Ledger.create();
  try {
    await walk(commit, temporal.address, ledger);
  } finally {
    await Promise.all(started.map((command) => command.kill()));
    await temporal.remove();
    await ledger.remove();
    rmSync(folder, { recursive: true });
  }
}

async function walk(commit: string, address: string, ledger: Ledger): Promise<void> {
  const start = async (root: string) => {
    const where = ['--temporal', address, '--task-queue', QUEUE];
    const app = path.join(root, APP);
    const env = { LEDGER: ledger.folder };
    const bin = path.join(root, 'bin/durable-mcp');
    const [worker, node] = await Promise.all([
      startCommand(['worker', app, ...where, '--suspend-after', '300ms'], env, bin),
      startCommand(['http', app, ...where, '--port', '0'], env, bin),
    ]);
    started.push(worker, node);
    return node;
  };
  const old = await start(build(commit));
  const client = await new BareClient(old.ready).open({ elicitation: {} });
  const order = await client.call('order', 'order');
  const nap = await client.call('nap', 'nap', { duration: '40s' });
  const asked = await order.asked();
  const temporal = new Client({ connection: await Connection.connect({ address }) });
  const session = temporal.workflow.getHandle(`mcp-session-${client.sessionId}`);
  await until(async () => {
    const { callsInFlight } = await session.query<SessionState>('state');
    return callsInFlight.length === 2 && callsInFlight.every(({ status }) => status === 'suspended');
  });
  await Promise.all(started.map((command) => command.stop()));
  const node = await start(ROOT);
  client.url = node.ready;
  const ends = await Promise.all([order, nap].map((stream) => client.get(stream.events.at(-1)?.id)));
  ledger.open('answered');
  await client.answer(asked, { action: 'accept', content: { tip: 3 } });
  await Promise.all(ends.map((stream) => until(() => stream.closed, 120_000)));
  expect('the order', ends[0]?.text, JSON.stringify({ reserved: 'seat', paid: 3 }));
  expect('the nap', ends[1]?.text, 'slept 40s');
  expect('reserved', ledger.count('reserved'), 1);
  expect('charged', ledger.count('charged'), 1);
  expect('woke', ledger.count('woke'), 1);
  const later = await client.call('later', 'recall');
  await later.ended();
  expect('the session goes on', later.text, '{}');
  await temporal.connection.close();
}

/** Builds the commit, and returns its folder. */
function build(commit: string): string {
  const root = path.join(folder, 'earlier');
  execFileSync('git', ['-C', ROOT, 'worktree', 'add', '--detach', root, commit]);
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  execFileSync('npm', ['run', 'build'], { cwd: root });
  process.on('exit', () => execFileSync('git', ['-C', ROOT, 'worktree', 'prune']));
  return root;
}

void main(process.argv[2] ?? 'HEAD').then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
