/** `durable-mcp call`, `tools` and `resources`: real processes, against this product and a plain server. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until, type Cluster } from 'durable-mcp/testing';
import { runs } from './fixtures/alwaysSuspending';
import { inTerminal } from './fixtures/inTerminal';
import { ROOT } from './fixtures/root';
import { slowToCancel, type SlowWay } from './fixtures/slowToCancel';
import { startCluster } from './fixtures/startCluster';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const PLAIN = `'${process.execPath}' test/fixtures/stdio/sdkServer.mjs`;

let cluster: Cluster;
let folder: string;
let way: SlowWay;
beforeAll(async () => {
  [cluster, folder] = await Promise.all([
    startCluster({ app: 'test/fixtures/peopleApp.ts', nodes: 1, workers: 1 }),
    mkdtemp(path.join(os.tmpdir(), 'durable-mcp-client-command-')),
  ]);
  way = await slowToCancel(cluster.url);
});
afterAll(async () => {
  await way.close();
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
}

/** Without a terminal. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [path.join(ROOT, 'bin/durable-mcp'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.end();
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, ended };
}

const run = (args: readonly string[], env?: NodeJS.ProcessEnv) => start(args, env).ended;
const noted = (what: string) => until(() => cluster.ledger.find(what));

describe('a server that is a command', () => {
  test('is started from its command line, and its tools are listed with their arguments', async () => {
    const { code, out } = await run(['tools', PLAIN]);
    expect(out.split('\n')).toContain('echo(message: string)');
    expect(code).toBe(0);
  });

  test('is used without loading Temporal', async () => {
    const file = path.join(folder, 'loaded.json');
    const env = {
      NODE_OPTIONS: `--require ${path.join(ROOT, 'test/fixtures/loadedModules.cjs')}`,
      LOADED: file,
    };
    expect(await run(['call', PLAIN, 'echo', 'message=hi'], env)).toMatchObject({ code: 0, out: 'hi\n' });
    const loaded = JSON.parse(await readFile(file, 'utf8')) as string[];
    expect(loaded.some((module) => module.includes('src/client/'))).toBe(true);
    expect(loaded.filter((module) => module.includes('@temporalio/'))).toEqual([]);
  });

  test('answers on standard output', async () => {
    expect(await run(['call', PLAIN, 'echo', 'message=5 = "five"'])).toEqual({
      code: 0,
      out: '5 = "five"\n',
      err: '',
    });
  });

  test('that dies in a call may have run it: exit code 3', async () => {
    const { code, out, err } = await run(['call', PLAIN, 'crash']);
    expect(err).toMatch(/^the disk is on fire$/m);
    expect(err).toMatch(/^durable-mcp: .*was ended by SIGKILL.*may have run/m);
    expect([code, out]).toEqual([3, '']);
  });

  test('gets the variables that are passed on, and no token of ours', async () => {
    const env = { SHOP: 'open', DURABLE_MCP_TOKEN: 'secret-token' };
    const { out } = await run(['call', PLAIN, 'environment', '--env', 'SHOP'], env);
    expect(JSON.parse(out)).toMatchObject({ SHOP: 'open' });
    expect(out).not.toContain('secret-token');
  });

  test('can be named in a file of servers', async () => {
    const file = path.join(folder, 'mcp.json');
    const entry = { command: process.execPath, args: ['test/fixtures/stdio/sdkServer.mjs'] };
    await writeFile(file, JSON.stringify({ mcpServers: { plain: entry } }));
    expect(await run(['call', 'plain', 'echo', 'message=hi', '--config', file])).toMatchObject({
      out: 'hi\n',
    });
    const { code, err } = await run(['tools', 'other', '--config', file]);
    expect([code, err]).toEqual([1, 'durable-mcp: There is no server other; there are plain.\n']);
  });
});

test('a mistake is one sentence and exit code 1', async () => {
  const mistakes: [string[], RegExp][] = [
    [['charge', 'cent=5'], /^The tool charge has no argument cent; it has cents, gift, to\.$/],
    [['charge', 'cents=five'], /^cents is integer, and "five" is not\.$/],
    [['charg', 'cents=5'], /^The server has no tool charg; it has charge, wait, /],
    [['charge', '{cents:5}'], /^The arguments are no JSON object: {cents:5}$/],
    [['charge', '--store', 'x'], /^--store keeps a call that has a name; give --key as well\.$/],
    [['charge', '--header', 'X-Team: ${NO_SUCH_TEAM}'], /variable NO_SUCH_TEAM is not set\.$/],
  ];
  const runs = await Promise.all([
    ...mistakes.map(([args]) => run(['call', cluster.url, ...args])),
    run(['tools', new URL('/nowhere', cluster.url).href]),
  ]);
  const sentences = [
    ...mistakes.map(([, sentence]) => sentence),
    /There is nothing at \/nowhere; the MCP endpoint is \/mcp/,
  ];
  runs.forEach(({ code, out, err }, i) => {
    expect(err).toMatch(/^durable-mcp: .+\n$/);
    expect(err.replace('durable-mcp: ', '').trim()).toMatch(sentences[i] ?? '');
    expect([code, out]).toEqual([1, '']);
  });
});

test('a token goes to the URL, from a variable', async () => {
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const env = { DURABLE_MCP_TOKEN: 'one', SHOP_TOKEN: 'other' };
  try {
    const { code, err } = await run(['tools', url], env);
    expect(err).toMatch(/^durable-mcp: .+ see whether this is the URL of an MCP server\.\n$/);
    expect(code).toBe(1);
    await run(['tools', url, '--header', 'Authorization: Bearer ${SHOP_TOKEN}'], env);
    expect(tokens).toEqual(['Bearer one', 'Bearer other']);
  } finally {
    server.close();
  }
});

test('what a server has, and what it answers, is printed', async () => {
  const [failed, picture, sum, json, tools, listed, read] = await Promise.all([
    run(['call', cluster.url, 'fail']),
    run(['call', cluster.url, 'picture']),
    run(['call', cluster.url, 'sum']),
    run(['call', cluster.url, 'picture', '--json']),
    run(['tools', cluster.url]),
    run(['resources', cluster.url]),
    run(['resources', cluster.url, '--read', 'shop://menu']),
  ]);
  expect(failed).toEqual({ code: 1, out: '', err: 'no such order\n' });
  expect(picture).toEqual({ code: 0, out: '[image: image/png, 7 bytes]\n', err: '' });
  expect(sum).toMatchObject({ code: 0, out: '{"sum":3}\n' });
  expect(JSON.parse(json.out)).toMatchObject({ content: [{ type: 'image', data: 'AAAAAAAAAA==' }] });
  expect(tools.out).toContain(
    'charge(cents: integer, gift?: boolean, to?: object)\n    Charges a card.\nwait(',
  );
  expect(listed.out).toMatch(/^shop:\/\/menu {2}menu {2}text\/plain$/m);
  expect(read).toEqual({ code: 0, out: 'tea\n', err: '' });
});

test('a command that was killed in a call has its answer from the next one, and the call one effect', async () => {
  const args = ['call', cluster.url, 'charge', 'cents=500', 'gift=true', 'to={"name":"Ada"}'];
  const kept = [...args, '--key', 'order-7', '--store', path.join(folder, 'store')];
  const first = start(kept);
  await noted('charging');
  first.child.kill('SIGKILL');
  await first.ended;
  cluster.ledger.open('charged');
  const second = await run(kept);
  expect(second.code).toBe(0);
  expect(JSON.parse(second.out)).toMatchObject({ cents: 500, gift: true, to: { name: 'Ada' } });
  expect(await run(kept)).toEqual(second);
  expect(cluster.ledger.count('charged')).toBe(runs(1));
  const other = await run(kept.map((arg) => (arg === 'cents=500' ? 'cents=600' : arg)));
  expect(other.err).toMatch(/^durable-mcp: The key "order-7" was used for another call/);
  expect(other.code).toBe(1);
});

test('the server is told of Ctrl-C, also where it is slow and the session stays', async () => {
  const store = path.join(folder, 'cancelled');
  const { child, ended } = start(['call', way.url, 'wait', 'name=signal', '--key', 'c', '--store', store]);
  await noted('signal waits');
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  await noted('signal told');
});

test('a call that takes too long is cancelled at the server: exit code 3', async () => {
  const { code, err } = await run(['call', cluster.url, 'wait', 'name=long', '--timeout', '2s']);
  expect(err).toMatch(/^durable-mcp: The call of wait was not answered within 2 s/m);
  expect(code).toBe(3);
  await noted('long told');
});

test('without a terminal, a question is declined and nothing is drawn', async () => {
  const { code, out, err } = await run(['call', cluster.url, 'order']);
  expect([code, out]).toEqual([0, '{"action":"decline"}\n']);
  expect(err).toMatch(/^The server asked "What will it be\?", and there is no terminal to answer it in/);
  expect(err.trim().split('\n')).toHaveLength(1);
});

describe('in a terminal', () => {
  test('a form is filled in, and wrong answers are asked again', async () => {
    const person = inTerminal(['call', cluster.url, 'order']);
    await person.sees('The server asks: What will it be?');
    await person.sees('Your name: ');
    person.type('A\r');
    await person.sees('give 2 characters or more');
    await person.sees('Your name: ');
    person.type('Ada\r');
    await person.sees('count (integer) [2]: ');
    person.type('10\r');
    await person.sees('give 9 at most');
    await person.sees('count (integer) [2]: ');
    person.type('\r');
    await person.sees('2) large');
    await person.sees('size (its number): ');
    person.type('3\r');
    await person.sees('give a number from 1 to 2');
    await person.sees('size (its number): ');
    person.type('2\r');
    await person.sees('gift (y or n): ');
    person.type('maybe\r');
    await person.sees('give y or n');
    await person.sees('gift (y or n): ');
    person.type('n\r');
    await person.sees('note (optional): ');
    person.type('\r');
    expect(await person.code).toBe(0);
    expect(person.screen()).toContain(
      JSON.stringify({ action: 'accept', content: { name: 'Ada', count: 2, size: 'l', gift: false } }),
    );
  });

  test.each([
    ['declined', ':decline\r', 'decline'],
    ['left open', CTRL_D, 'cancel'],
  ])('a form is %s', async (_how, keys, action) => {
    const person = inTerminal(['call', cluster.url, 'order']);
    await person.sees('Your name: ');
    person.type(keys);
    await person.sees(`{"action":"${action}"}`);
    expect(await person.code).toBe(0);
  });

  test('a page is named with whose it is, before the person agrees', async () => {
    const person = inTerminal(['call', cluster.url, 'sign-in']);
    await person.sees('page of example.com');
    await person.sees('https://example.com/in');
    await person.sees('Will you? (y or n) ');
    person.type('y\r');
    await person.sees('{"action":"accept"}');
    expect(await person.code).toBe(0);
  });

  test("progress is a bar below the server's messages, and Ctrl-C cancels the call", async () => {
    const person = inTerminal(['call', cluster.url, 'wait', 'name=pressed']);
    await person.sees('[######------------------] 25% a quarter');
    await person.sees('[warning] it takes long');
    await noted('pressed waits');
    person.type(CTRL_C);
    await person.sees('The server is told to cancel the call');
    await noted('pressed told');
    expect(await person.code).toBe(130);
  });

  test('Ctrl-C during a question is the same', async () => {
    const person = inTerminal(['call', cluster.url, 'order']);
    await person.sees('Your name: ');
    person.type(CTRL_C);
    expect(await person.code).toBe(130);
  });
});
