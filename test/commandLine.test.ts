/**
 * The command line: a mistake ends the command with one clear sentence and a non-zero exit code; a command
 * that ends leaves no process running.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../src/temporal/freePort';
import { BareClient, type RunningCommand, runCommand, startCommand, until } from 'durable-mcp/testing';
import { ROOT } from './fixtures/root';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-command-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

/** The source of an app outside of the checkout. It imports the package by an absolute path. */
const appSource = (answer: string) => `
import { DurableMcpServer } from ${JSON.stringify(path.join(ROOT, 'dist/src/index.js'))};
export default function app() {
  const server = new DurableMcpServer({ name: 'reloaded', version: '1.0.0' });
  server.registerTool('answer', {}, () => ({ content: [{ type: 'text', text: ${JSON.stringify(answer)} }] }));
  return server;
}`;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('what is wrong is said in one sentence', () => {
  const temporal = () => ['--temporal', process.env.TEST_TEMPORAL ?? ''];

  async function expectSentence(args: string[], sentence: RegExp, env?: NodeJS.ProcessEnv): Promise<void> {
    const { code, output } = await runCommand(args, env);
    expect(output).toMatch(sentence);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  }

  test.each(['http', 'worker'])('%s: a missing app', (command) =>
    expectSentence(
      [command, 'no/such.ts', ...temporal()],
      /^durable-mcp: The app no\/such\.ts does not exist/,
    ),
  );

  test('an app that throws while loading', async () => {
    const app = await write('throws.ts', 'throw new Error("the database is missing")');
    await expectSentence(['worker', app, ...temporal()], /failed while loading: the database is missing/);
  });

  test('an app that does not parse', async () => {
    const app = await write('broken.ts', 'export default function (');
    const { code, output } = await runCommand(['worker', app, ...temporal()]);
    expect(output).toMatch(/^durable-mcp: The app .*broken\.ts failed while loading/);
    expect(code).toBe(1);
  });

  test('an app without a default export, and one that builds no server', async () => {
    const none = await write('none.mjs', 'export const app = 1;');
    await expectSentence(['http', none, ...temporal()], /has no default export that is a function/);
    const empty = await write('empty.mjs', 'export default () => undefined;');
    await expectSentence(
      ['http', empty, ...temporal()],
      /^durable-mcp: The app \S+empty\.mjs returned undefined, which is no server; return a new McpServer or Server/,
    );
    const odd = await write('odd.mjs', 'export default () => ({ servers: [], stop() {} });');
    await expectSentence(
      ['http', odd, ...temporal()],
      /odd\.mjs returned an object with servers, stop, which is/,
    );
  });

  test.each([
    ['one server', 'server'],
    ['an object of its own around one server', '({ server, cleanup() {} })'],
  ])('an app that returns %s at each call', async (_what, returned) => {
    const sdk = JSON.stringify(require.resolve('@modelcontextprotocol/sdk/server/mcp.js'));
    const source = `import sdk from ${sdk};
const server = new sdk.McpServer({ name: 'shared', version: '1' });
export default () => ${returned};`;
    await expectSentence(
      ['http', await write('shared.mjs', source), ...temporal()],
      /returned the same server at two calls, .*; build a new server inside of its function at each call/,
    );
  });

  test('a busy port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expectSentence(
      ['http', 'test/fixtures/app.ts', '--port', String(port), ...temporal()],
      /cannot listen on 127\.0\.0\.1:\d+: the port is in use; choose another with --port/,
    );
    await expectSentence(
      ['dev', 'test/fixtures/app.ts', '--port', String(port), '--data', path.join(folder, 'busy')],
      /the port is in use; choose another with --port/,
    );
    taken.close();
  });

  test('a missing app under dev', () =>
    expectSentence(
      ['dev', 'no/such.ts', '--data', path.join(folder, 'missing')],
      /The app no\/such\.ts does not exist/,
    ));

  test.each([
    ['--allow-host', 'https://mcp.example.com', 'give a name such as mcp.example.com'],
    ['--allow-host', '', 'give a name such as mcp.example.com'],
    ['--allow-origin', '*', 'give an origin such as https://app.example'],
    ['--allow-origin', 'app.example', 'give an origin such as https://app.example'],
    ['--allow-origin', 'https://app.example/page', 'give an origin such as https://app.example'],
  ])('%s "%s", which would never match', async (option, value, says) => {
    const { code, output } = await runCommand(['http', 'none.ts', option, value]);
    expect(output).toContain(says);
    expect(code).toBe(1);
  });

  test.each([
    ['http', '--host'],
    ['http', '--port'],
    ['http', '--temporal'],
    ['http', '--namespace'],
    ['worker', '--task-queue'],
    ['worker', '--health-port'],
    ['worker', '--health-host'],
    ['dev', '--data'],
    ['temporal', '--data'],
  ])('%s %s "", as of a variable that is not set', async (command, option) => {
    const app = command === 'temporal' ? [] : ['none.ts'];
    const { code, output } = await runCommand([command, ...app, option, '']);
    expect(output).toMatch(new RegExp(`^error: option '${option} .*it is empty: give it`));
    expect(code).toBe(1);
  });

  test.each([
    ['http', '--host', ['--port', '0', '--no-auth']],
    ['worker', '--health-host', ['--health-port', '0']],
  ])('%s %s that is not here, or no name', async (command, option, more) => {
    for (const [host, why] of [
      ['192.0.2.1', 'this machine has no such address'],
      ['nowhere.invalid', 'nobody knows this name'],
    ] as const)
      await expectSentence(
        [command, 'test/fixtures/app.ts', ...temporal(), option, host, ...more],
        new RegExp(`cannot listen on ${host}:0: ${why}; correct ${option}\\.$`, 'm'),
      );
  });

  test.each(['http', 'worker'])('%s: an unreachable Temporal', async (command) => {
    const address = `127.0.0.1:${await freePort()}`;
    await expectSentence(
      [command, 'test/fixtures/app.ts', '--temporal', address],
      /Temporal cannot be reached at 127\.0\.0\.1:\d+; start it/,
    );
  });

  test.each(['/no/such', '/tmp'])('TEMPORAL_CLI that names %s, which is no program', (name) =>
    expectSentence(
      ['temporal', '--data', folder],
      new RegExp(`TEMPORAL_CLI names ${name}, which is not an executable file`),
      { TEMPORAL_CLI: name },
    ),
  );

  test('a frontend whose port has none a thousand above it', async () => {
    const data = path.join(folder, 'last port');
    const { ready, stop } = await startCommand(['temporal', '--data', data, '--port', '65432']);
    expect(ready).toContain('temporal 127.0.0.1:65432 ui http://127.0.0.1:');
    await stop();
  });
});

describe('dev', () => {
  const running: RunningCommand[] = [];
  afterEach(() => Promise.all(running.splice(0).map((command) => command.stop())));

  async function dev(app: string, ...args: string[]): Promise<RunningCommand> {
    const command = await startCommand([
      'dev',
      app,
      '--port',
      '0',
      '--data',
      path.join(folder, 'data'),
      ...args,
    ]);
    running.push(command);
    return command;
  }

  test('--watch reloads the app and keeps its sessions; a broken change leaves the one before it serving', async () => {
    const app = await write('watched.mjs', appSource('before'));
    const command = await dev(app, '--watch');
    await write('notes.db', 'what an app writes beside itself');
    const client = await new BareClient(command.ready).open();
    const ask = async (id: number) => {
      const stream = await client.call(id, 'answer');
      await stream.ended();
      return JSON.stringify(stream.messages);
    };
    expect(await ask(1)).toContain('before');
    await write('watched.mjs', appSource('after'));
    await until(() => command.output().includes('reloaded'));
    expect(await ask(2)).toContain('after');
    await write('watched.mjs', 'export default (');
    await until(() => command.output().includes('The app before the change goes on serving'));
    expect(await ask(3)).toContain('after');
    expect(command.output().match(/^reloaded /gm)).toHaveLength(1); // no reload for the change of notes.db
  });

  test("the app's own arguments reach it, in both roles", async () => {
    const listed = `const argv = JSON.stringify(process.argv.slice(1));\n${appSource('').replace('text: ""', 'text: argv').replace("'reloaded'", 'argv')}`;
    const app = await write('arguments.mjs', listed);
    const command = await dev(app, '--', '--root', '/data');
    const client = new BareClient(command.ready);
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'a', version: '1' },
    };
    const opened = await client.post({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
    const argv = JSON.stringify([app, '--root', '/data']);
    expect(await opened.json()).toMatchObject({ result: { serverInfo: { name: argv } } });
    await client.open();
    const stream = await client.call(2, 'answer');
    await stream.ended();
    expect(stream.text).toBe(argv);
  });

  test('an app that says things of its own to the process above it does not disturb it', async () => {
    const says = `process.send?.('ready'); process.send?.({ some: 'thing' });`;
    const app = await write('talking.mjs', `${says}${appSource('undisturbed')}`);
    const command = await dev(app);
    const client = await new BareClient(command.ready).open();
    const stream = await client.call(1, 'answer');
    await stream.ended();
    expect(JSON.stringify(stream.messages)).toContain('undisturbed');
  });

  test('sessions outlive it, and Ctrl-C leaves nothing running', async () => {
    const app = await write('stopped.mjs', appSource('still here'));
    const first = await dev(app);
    const client = await new BareClient(first.ready).open();
    const pids = await descendants(first.pid);
    expect(pids.length).toBeGreaterThanOrEqual(3);
    process.kill(first.pid, 'SIGINT');
    expect(await first.exited).toBe(0);
    await until(() => !pids.some(isAlive));

    const second = await dev(app);
    client.url = second.ready;
    const stream = await client.call(1, 'answer');
    await stream.ended();
    expect(JSON.stringify(stream.messages)).toContain('still here');
  });

  test('a second one with the same data is refused', async () => {
    const app = await write('second.mjs', appSource('first'));
    await dev(app);
    const { code, output } = await runCommand([
      'dev',
      app,
      '--port',
      '0',
      '--data',
      path.join(folder, 'data'),
    ]);
    expect(output).toMatch(/^durable-mcp: Another Temporal server is using the data in/);
    expect(code).toBe(1);
  });

  test('killed without a last word, it leaves nothing that keeps the next one from starting', async () => {
    const app = await write('killed.mjs', appSource('next'));
    const killed = await dev(app);
    await killed.kill();
    // The Temporal server of the killed command ends within two seconds. Until then, its data cannot be used.
    const next = await until(() => dev(app).catch(() => undefined));
    const client = await new BareClient(next.ready).open();
    const stream = await client.call(1, 'answer');
    await stream.ended();
    expect(JSON.stringify(stream.messages)).toContain('next');
  });

  test('a worker that dies is started again', async () => {
    const app = await write('dies.mjs', appSource('alive'));
    const command = await dev(app);
    const client = await new BareClient(command.ready).open();
    for (const pid of await descendants(command.pid, 'worker')) process.kill(pid, 'SIGKILL');
    const stream = await client.call(1, 'answer');
    await stream.ended();
    expect(JSON.stringify(stream.messages)).toContain('alive');
  });
});

async function descendants(pid: number, role = ''): Promise<number[]> {
  const { execFileSync } = await import('node:child_process');
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args=']).toString().trim().split('\n');
  return rows.flatMap((row) => {
    const [, child, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return Number(parent) === pid && args?.includes(role) ? [Number(child)] : [];
  });
}
