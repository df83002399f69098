/** The faults over stdio. Each says in a few words what was observed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { until } from 'durable-mcp/testing';
import { said } from './httpFaults';
import { Driver, type Peer, type Report } from './peer';

const SERVER = path.join(__dirname, 'stdioServer.mjs');
/** Longer than any of the clients gives a server to end. */
const GONE_MS = 12_000;
/** Longer than the limits of time of the clients. */
const LONG_MS = 75_000;

interface Stage {
  readonly driver: Driver;
  readonly connected: Report;
  serverPid(): Promise<number>;
}

const staged =
  (act: (stage: Stage) => Promise<string>, isBelowShell = false) =>
  async (peer: Peer): Promise<string> => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-peer-'));
    const file = path.join(folder, 'pid');
    const args = [SERVER, file];
    const target = isBelowShell
      ? { command: 'sh', args: ['-c', '"$0" "$@"; exit $?', process.execPath, ...args] }
      : { command: process.execPath, args };
    const serverPid = async () => Number(await readFile(file, 'utf8'));
    const { driver, connected } = await Driver.start(peer, target);
    try {
      if (connected.error !== undefined) return said(connected);
      return await act({ driver, connected, serverPid });
    } finally {
      await driver.kill();
      await serverPid().then(end, () => undefined);
      await rm(folder, { recursive: true, force: true });
    }
  };

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

function end(pid: number): void {
  if (isRunning(pid)) process.kill(pid, 'SIGKILL');
}

const fate = (pid: number): Promise<string> =>
  until(() => !isRunning(pid), GONE_MS).then(
    () => 'gone',
    () => `alive after ${GONE_MS / 1_000} s`,
  );

const seconds = (since: number): string => {
  const passed = Math.round((performance.now() - since) / 1_000);
  return passed === 0 ? 'at once' : `after ${passed} s`;
};

export const STDIO_FAULTS: Record<string, (peer: Peer) => Promise<string>> = {
  'a line of 10 MB': staged(async ({ driver }) => {
    const report = await driver.call('big', {}, LONG_MS);
    const next = await driver.call('hello', {}, LONG_MS);
    return `${said(report)}; next call: ${said(next, 'hello')}`;
  }),

  'the server dies in a call': staged(async ({ driver }) => {
    const since = performance.now();
    const report = await driver.call('crash', {}, LONG_MS);
    const took = seconds(since);
    const next = await driver.call('hello', {}, LONG_MS);
    return `${said(report)} ${took}; next call: ${said(next, 'hello')}`;
  }),

  'the server below a shell, after close': staged(async ({ driver, serverPid }) => {
    const pid = await serverPid();
    await driver.order({ do: 'close' });
    return fate(pid);
  }, true),

  'the server below a shell, after SIGKILL of the client': staged(async ({ driver, serverPid }) => {
    const pid = await serverPid();
    await driver.kill();
    return fate(pid);
  }, true),
};
