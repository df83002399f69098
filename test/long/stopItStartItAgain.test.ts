/** docs/quickstart.md, "Kill it": `dev` is stopped or killed, and started again; the official client, with its defaults, gets its answer. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { connect, Ledger, type RunningCommand, startCommand, textOf, until } from 'durable-mcp/testing';
import { freePort } from '../../src/temporal/freePort';

/** The time between the end of `dev` and its next start. */
const AWAY_MS = 2_000;

let folder: string;
let ledger: Ledger;
let port: number;
let running: RunningCommand | undefined;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-dev-'));
  ledger = await Ledger.create();
  port = await freePort();
});
afterEach(() => running?.stop());
afterAll(async () => {
  await ledger.remove();
  await rm(folder, { recursive: true, force: true });
});

async function dev(): Promise<RunningCommand> {
  const args = ['dev', 'test/fixtures/app.ts', '--port', String(port), '--data', folder];
  return (running = await startCommand(args, { LEDGER: ledger.folder }));
}

/** Sends SIGINT to `dev` and to its node: a terminal signals the whole process group. */
async function pressCtrlC(server: RunningCommand): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(server.pid)]);
  const [, node] = /^ *(\d+) .* http /m.exec(stdout) ?? [];
  for (const pid of [server.pid, Number(node)]) process.kill(pid, 'SIGINT');
  await server.exited;
}

test.each([
  ['stopped', pressCtrlC],
  ['killed', (server: RunningCommand) => server.kill()],
])(
  '%s in the middle of a call and started again: the answer arrives, and the session goes on',
  async (how, end) => {
    const first = await dev();
    const { client, transport } = await connect(first.ready);
    let isAccepted = false;
    const call = client.callTool({ name: 'gated', arguments: { name: how } }, undefined, {
      onresumptiontoken: () => (isAccepted = true),
    });
    await until(() => isAccepted && ledger.find(`${how} started`));
    await end(first);
    await sleep(AWAY_MS);
    await dev();
    ledger.open(how);
    expect(textOf(await call)).toBe(`${how} done`);
    expect(textOf(await client.callTool({ name: 'who' }))).toBe(transport.sessionId);
    await client.close();
  },
);
