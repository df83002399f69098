/** How a server's processes start and end: by themselves, by `close()`, and when the client dies. Nothing is left. */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { until } from 'durable-mcp/testing';
import { ServerExited } from '../src/client/errors';
import type { StdioTarget } from '../src/client/stdio/target';
import {
  bareServer,
  belowShell,
  closeAll,
  connected,
  groupOf,
  isRunning,
  sdkServer,
  transportTo,
  watchdogs,
} from './fixtures/stdio/processes';

/** What a failing test would leave. */
const groups = new Set<number>();

afterEach(async () => {
  for (const group of groups) if (groupOf(group).length > 0) process.kill(-group, 'SIGKILL');
  groups.clear();
  await closeAll();
});

const QUICK = { stop: { stdin: 300, term: 300 } };

test('a crash fails the open call, with the last words of the server, though a descendant holds its pipes', async () => {
  const target = belowShell(sdkServer(), 'sleep 1000 & exec ');
  const { client, transport } = await connected({ ...target, ...QUICK });
  const group = transport.process!.pid;
  const call = client.callTool({ name: 'crash' }).catch((error: unknown) => error);
  const exit = await transport.exited;
  expect(exit).toEqual({ code: null, signal: 'SIGKILL', stderrTail: 'the disk is on fire\n' });
  expect(String(await call)).toContain('Connection closed');
  expect(transport.state).toBe('failed');
  expect(transport.process).toMatchObject({ pid: group, exit: { code: null, signal: 'SIGKILL' } });

  const error = transport.serverExited('maybe');
  expect(error).toMatchObject({ phase: 'maybe', retryable: false, exit: { signal: 'SIGKILL' } });
  expect(error.message).toContain(
    `"sh" (process ${group}) was ended by SIGKILL. The request may have run: look for its effect before you send it again. The end of its standard error:\nthe disk is on fire`,
  );
  await expect(transport.send({ jsonrpc: '2.0', id: 9, method: 'ping' })).rejects.toMatchObject({
    phase: 'unsent',
    retryable: true,
  });
  // Without a call of close():
  await until(() => groupOf(group).length === 0);
  await until(() => watchdogs().length === 0);
});

test('a server that exits at once says why', async () => {
  const transport = transportTo(bareServer('exits'));
  await transport.start();
  expect(await transport.exited).toMatchObject({ code: 3, signal: null });
  expect(transport.serverExited('unsent').message).toMatch(
    /exited with code 3 before it got the request: start it again\. .*\nno configuration found$/,
  );
});

test('the official client fails to connect to a server that exits at once', async () => {
  await expect(connected(bareServer('exits'))).rejects.toThrow();
});

const failureOf = (target: StdioTarget) =>
  transportTo(target)
    .start()
    .catch((error: unknown) => error);

test('what cannot be started is said, and what to do', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-stdio-'));
  try {
    const script = path.join(folder, 'server');
    await writeFile(script, '#!/no/such/interpreter\n');
    const failures = [
      [{ command: 'no-such-command' }, 'no such command in its PATH (/'],
      [{ command: './missing', cwd: folder }, `${folder}/missing does not exist.`],
      [{ command: 'node', cwd: `${folder}/nowhere` }, `its folder ${folder}/nowhere does not exist; correct`],
      [{ command: script }, `${script} may not be executed; \`chmod +x\` it`],
    ] as const;
    for (const [target, message] of failures) {
      const error = await failureOf(target);
      expect(error).toMatchObject({
        phase: 'unsent',
        retryable: false,
        message: expect.stringContaining(message),
      });
      expect(error).toBeInstanceOf(ServerExited);
    }
    await chmod(script, 0o755);
    expect(await failureOf({ command: script })).toMatchObject({
      message: `The MCP server "${script}" cannot be started: the interpreter that the first line of ${script} names does not exist.`,
    });
    await until(() => watchdogs().length === 0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('after close() nothing is left: below a shell, with a grandchild that ignores everything', async () => {
  const lines: string[] = [];
  const target = belowShell(bareServer('leaves-grandchild'));
  const { client, transport } = await connected({
    ...target,
    ...QUICK,
    stderr: (line) => void lines.push(line),
  });
  const group = transport.process!.pid;
  await until(() => lines.length > 0);
  expect(groupOf(group)).toHaveLength(3);
  expect(watchdogs()).toHaveLength(1);
  await client.close();
  expect(groupOf(group)).toEqual([]);
  expect(transport.process?.exit).toEqual({ code: 0, signal: null }); // the shell ended politely
  expect(transport.state).toBe('closed');
  await until(() => watchdogs().length === 0);
});

test('a server that ignores the end of its input and SIGTERM is killed after the limits', async () => {
  const { client, transport } = await connected({ ...bareServer('stubborn'), ...QUICK });
  const started = performance.now();
  await client.close();
  expect(performance.now() - started).toBeGreaterThanOrEqual(590);
  expect(transport.process).toMatchObject({ exit: { signal: 'SIGKILL' }, stderrTail: 'TERM ignored\n' });
});

test('a server that ends with its input gets no signal', async () => {
  const { client, transport } = await connected(sdkServer());
  await client.close();
  expect(await transport.exited).toEqual({ code: 0, signal: null, stderrTail: '' });
});

test('one transport runs one process, and says that it is closed', async () => {
  const { client, transport } = await connected(sdkServer());
  await expect(transport.start()).rejects.toThrow('make another one');
  await client.close();
  await transport.close();
  await expect(transport.send({ jsonrpc: '2.0', id: 1, method: 'ping' })).rejects.toThrow('was closed');
});

test('close() while the process starts leaves none', async () => {
  const transport = transportTo({ ...bareServer('stubborn'), ...QUICK });
  const started = transport.start().catch((error: unknown) => error);
  await transport.close();
  expect(await started).toMatchObject({ phase: 'unsent' });
  expect(groupOf(transport.process!.pid)).toEqual([]);
});

/** The client as a process of its own, with a server that has a grandchild, below a shell. */
async function clientProcess(how: 'stays' | 'exits' | 'closes', before = '') {
  const { command, args = [] } = belowShell(bareServer('leaves-grandchild', 'stubborn'), before);
  const script = path.join(__dirname, 'fixtures/stdio/client.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, how, command, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const numberAfter = (word: string) =>
    until(() => {
      const [, number] = new RegExp(`^${word} (\\d+)$`, 'm').exec(output) ?? [];
      return number !== undefined && Number(number);
    });
  const group = await numberAfter('group');
  groups.add(group);
  return { child, ended, group, grandchild: await numberAfter('grandchild'), numberAfter };
}

test('when the client is killed, nothing of the server is left', async () => {
  const { child, ended, group, grandchild } = await clientProcess('stays');
  expect(groupOf(group)).toHaveLength(3);
  child.kill('SIGKILL');
  await ended;
  await until(() => groupOf(group).length === 0 && !isRunning(grandchild));
});

test('when the client exits without closing, nothing of the server is left', async () => {
  const { ended, group, grandchild } = await clientProcess('exits');
  expect(await ended).toEqual([0, null]);
  await until(() => groupOf(group).length === 0 && !isRunning(grandchild));
});

test('after close() nothing keeps the client process alive', async () => {
  const { ended, group } = await clientProcess('closes');
  expect(await ended).toEqual([0, null]);
  expect(groupOf(group)).toEqual([]);
});

test('a daemon of the server that holds its pipes does not keep the client process alive either', async () => {
  const daemon = 'setsid sleep 600 & echo "daemon $!" >&2; ';
  const { ended, numberAfter } = await clientProcess('closes', daemon);
  const pid = await numberAfter('daemon');
  groups.add(pid);
  expect(await ended).toEqual([0, null]);
  expect(isRunning(pid)).toBe(true);
});
