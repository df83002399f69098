/**
 * The data of the embedded Temporal are readable only by their owner. They are used by one server at a time: the next
 * server waits until the previous one has ended, even if that one was killed.
 */
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runCommand, startCommand, type RunningCommand } from 'durable-mcp/testing';

let data: string;
const running: RunningCommand[] = [];
beforeEach(async () => {
  data = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-data-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.stop()));
  await rm(data, { recursive: true, force: true });
});

async function start(port = '0', folder = data): Promise<RunningCommand> {
  const command = await startCommand(['temporal', '--data', folder, '--port', port, '--ui-port', '0']);
  running.push(command);
  return command;
}

async function openToOthers(folder: string): Promise<string[]> {
  const open: string[] = [];
  for (const name of await readdir(folder)) {
    const { mode } = await stat(path.join(folder, name));
    if ((mode & 0o077) !== 0) open.push(`${name} ${(mode & 0o777).toString(8)}`);
  }
  return open;
}

test('nobody but its owner can read what sessions said, whatever the umask, and also where a server of before left it open', async () => {
  const folder = path.join(data, 'new');
  const first = await start('0', folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['temporal.db', 'temporal.address']));
  expect(await openToOthers(folder)).toEqual([]);
  await first.stop();
  for (const name of await readdir(folder)) await chmod(path.join(folder, name), 0o644);
  await start('0', folder);
  expect(await openToOthers(folder)).toEqual([]);
});

test.each(['', 'no address', 'http://[', '127.0.0.1:99999999', 'evil.example:80', '\0\u202e'])(
  'an address file that says %j does not keep a server from starting',
  async (said) => {
    await mkdir(data, { recursive: true });
    await writeFile(path.join(data, 'temporal.address'), said);
    expect((await start()).ready).toMatch(/^temporal 127\.0\.0\.1:\d+/);
  },
);

/** A proxy to the suite's Temporal server that closes once the starting command has looked twice for a running server. */
async function goingServer(): Promise<Server> {
  const [host, port] = process.env.TEST_TEMPORAL!.split(':');
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const there = connect(Number(port), host);
    sockets.push(socket, there);
    for (const end of [socket, there]) end.on('error', () => undefined);
    socket.pipe(there).pipe(socket);
    if (sockets.length / 2 <= CONNECTIONS_A_LOOK) return;
    server.close();
    for (const end of sockets) end.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
/** One look makes two connections: the first finds out whether the port is open, the second whether Temporal answers. */
const CONNECTIONS_A_LOOK = 2;

test('a server that still goes is waited for, and its data are had then', async () => {
  const going = await goingServer();
  const { port } = going.address() as AddressInfo;
  await writeFile(path.join(data, 'temporal.address'), `127.0.0.1:${port}`);
  expect((await start()).ready).toMatch(/^temporal /);
  expect(going.listening).toBe(false);
});

test('a killed command takes its server along, and its successor has the data and the port', async () => {
  const killed = await start();
  const port = new URL(`http://${/temporal (\S+)/.exec(killed.ready)![1]}`).port;
  await killed.kill();
  expect((await start(port)).ready).toContain(`temporal 127.0.0.1:${port} `);
});

test('data that another server goes on using are refused to a second one', async () => {
  await start();
  const { code, output } = await runCommand(['temporal', '--data', data, '--port', '0']);
  expect([code, output]).toEqual([
    1,
    expect.stringMatching(/^durable-mcp: Another Temporal server is using the data in/),
  ]);
});
