/** A connection over stdio outlives its server's processes. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { textOf, until } from 'durable-mcp/testing';
import { connect, ServerExited, type McpConnection, type StdioTarget } from '../../src/client';
import { serve, type Served } from '../fixtures/connection/served';
import { isRunning, sdkServer, watchdogs } from '../fixtures/stdio/processes';

let served: Served;
beforeAll(async () => {
  served = await serve('SDK, stdio');
});
afterEach(() => served.endConnections());
afterAll(() => served.stop());

const crash = (connection: McpConnection): Promise<unknown> =>
  connection.callTool('crash').catch((error: unknown) => error);
const echo = async (connection: McpConnection) =>
  textOf(await connection.callTool('echo', { value: 'works' }));

test('a crash fails the call with the end of standard error, and the next call works', async () => {
  const states: string[] = [];
  const connection = await served.connect({ on: { state: (state) => void states.push(state) } });
  const first = connection.process!.pid;
  expect(await crash(connection)).toMatchObject({
    constructor: ServerExited,
    phase: 'maybe',
    exit: { signal: 'SIGKILL', stderrTail: 'the disk is on fire\n' },
    message: expect.stringContaining('the disk is on fire'),
  });
  expect(await echo(connection)).toBe('works');
  expect(connection.process!.pid).not.toBe(first);
  expect(states.slice(3)).toEqual(['reconnecting', 'connected']);
});

test('a call that only reads is made again after a crash', async () => {
  const connection = await served.connect();
  await connection.listTools();
  const call = connection.callTool('wait', { name: 'safe' }, { idempotent: true });
  await until(() => served.ledger.find('safe began'));
  process.kill(connection.process!.pid, 'SIGKILL');
  await until(() => served.ledger.count('safe began') === 2);
  served.ledger.open('safe');
  expect(textOf(await call)).toBe('safe ended');
});

test('after too many restarts calls fail with the reason, until the time is over', async () => {
  const connection = await served.connect({
    restart: { attempts: 1, within: '20s' },
    backoff: { first: 10, max: 20 },
  });
  await crash(connection);
  expect(await echo(connection)).toBe('works');
  await crash(connection);
  await until(() => connection.state === 'failed');
  expect(connection.lastError).toBeInstanceOf(ServerExited);
  await expect(echo(connection)).rejects.toThrow(
    /ended \(SIGKILL\), and was started again 1 times within 20 s already; see why it ends, or raise restart.attempts. It said: the disk is on fire/,
  );
  expect(await until(() => echo(connection).catch(() => undefined))).toBe('works');
});

test('the answer to a question of a process that is gone is not given to the next', async () => {
  const answers: ((name: string) => void)[] = [];
  const connection = await served.connect({
    on: {
      elicit: () =>
        new Promise((resolve) => {
          answers.push((name) => {
            resolve({ action: 'accept', content: { name } });
          });
        }),
    },
  });
  const asked = () => connection.callTool('elicit').then(textOf, (error: unknown) => error);
  const first = asked();
  await until(() => answers[0]);
  process.kill(connection.process!.pid, 'SIGKILL');
  expect(await first).toBeInstanceOf(ServerExited);
  const second = asked();
  await until(() => answers[1]);
  answers[0]!('to the first');
  await connection.ping();
  answers[1]!('to the second');
  expect(await second).toBe('to the second');
  const third = asked();
  await until(() => answers[2]);
  answers[2]!('to the third');
  expect(await third).toBe('to the third');
});

test("10 MB come back, the server's ping is answered, and close leaves nothing", async () => {
  const connection = await connect(sdkServer());
  const { pid } = connection.process!;
  const message = 'x'.repeat(10 * 1024 * 1024 - 1_000);
  expect(textOf(await connection.callTool('echo', { message })) === message).toBe(true);
  expect(textOf(await connection.callTool('ping-client'))).toBe('{}');
  await connection.close();
  expect(isRunning(pid)).toBe(false);
  await until(() => watchdogs().length === 0);
});

test('a server that ends at once, or that is none, is one error', async () => {
  const { command, args = [], env } = served.target as StdioTarget;
  await expect(connect({ command, args: [...args, 'refuses'], env })).rejects.toMatchObject({
    constructor: ServerExited,
    phase: 'unsent',
    exit: { code: 3 },
  });
  await expect(connect({ command: 'no-such-command-here' })).rejects.toThrow(/no such command in its PATH/);
  await expect(connect({ command: 'sleep', args: ['60'] }, { timeout: { connect: 300 } })).rejects.toThrow(
    /sleep did not answer .*MCP server over stdio/,
  );
  await until(() => watchdogs().length === 0);
});
