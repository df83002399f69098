/**
 * The embedded Temporal is protected from web pages. Any page can send requests to 127.0.0.1, and a page whose host name
 * resolves to 127.0.0.1 (DNS rebinding) can also read the answers. So the UI checks the Host and Origin headers, and
 * Temporal's HTTP API answers only to a random Host that no page can know.
 */
import { once } from 'node:events';
import { readFile, readdir, readlink, mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { startCommand, until, type RunningCommand } from 'durable-mcp/testing';
import { NO_CHROMIUM, chromium, domOf } from './fixtures/chromium';

let data: string;
let temporal: RunningCommand;
let connection: Connection;
let ui: string;
beforeAll(async () => {
  data = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-ui-'));
  temporal = await startCommand(['temporal', '--data', data, '--port', '0', '--ui-port', '0']);
  ui = / ui (\S+)/.exec(temporal.ready)![1]!;
  connection = await Connection.connect({ address: /temporal (\S+)/.exec(temporal.ready)![1] });
  const client = new Client({ connection });
  await client.workflow.start('idle', { taskQueue: 'nobody', workflowId: 'seen-in-the-ui' });
  await until(async () => (await fetch(new URL(NAMESPACE, ui))).ok); // the UI serves pages before it is connected to Temporal
});
afterAll(async () => {
  await connection.close();
  await temporal.stop();
  await rm(data, { recursive: true, force: true });
});

const NAMESPACE = '/api/v1/namespaces/default';
const TERMINATE = `${NAMESPACE}/workflows/seen-in-the-ui/terminate`;

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** Sends a request with any Host header, which `fetch` cannot. The status is 0 if the port does not speak HTTP. */
function ask(port: number, what: string, { method = 'GET', headers = {} }: Asked = {}) {
  return new Promise<{ status: number; body: string }>((resolve) => {
    const req = request({
      host: '127.0.0.1',
      port,
      path: what,
      method,
      headers,
      agent: false,
      timeout: 5_000,
    });
    req.on('response', (res) => {
      let body = '';
      res.on('data', (chunk: Buffer) => (body += chunk.toString()));
      res.on('close', () => {
        resolve({ status: res.statusCode ?? 0, body });
      });
    });
    req
      .on('timeout', () => req.destroy())
      .on('error', () => {
        resolve({ status: 0, body: '' });
      });
    req.end(method === 'POST' ? '{}' : undefined);
  });
}

/** The ports of 127.0.0.1 at which the process listens, from /proc (Linux only). */
async function portsOf(pid: number): Promise<number[]> {
  const fds = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const inodes = links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  const lines = (await readFile(`/proc/${pid}/net/tcp`, 'utf8'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return lines.flatMap(([, local = '', , state, , , , , , inode = '']) => {
    const [ip, port] = local.split(':');
    return state === '0A' && ip === '0100007F' && inodes.includes(inode) ? [parseInt(port ?? '', 16)] : [];
  });
}

/** The ports of the Temporal server and of the command that started it; elsewhere than on Linux, only the UI's port. */
async function allPorts(): Promise<number[]> {
  const server = Number(/pid (\d+)/.exec(temporal.ready)![1]);
  return process.platform === 'linux'
    ? [...(await portsOf(server)), ...(await portsOf(temporal.pid))]
    : [Number(new URL(ui).port)];
}

const isRunning = async () =>
  (await new Client({ connection }).workflow.getHandle('seen-in-the-ui').describe()).status.name ===
  'RUNNING';

const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux('none of its ports tells another name of sessions, or ends one for a page of elsewhere', async () => {
  const ports = await allPorts();
  expect(ports.length).toBeGreaterThan(2);
  for (const port of ports) {
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
    ]) {
      const { body } = await ask(port, NAMESPACE, { headers: { host } });
      expect([port, host, body.includes('namespaceInfo')]).toEqual([port, host, false]);
    }
    const headers = { origin: 'http://evil.example', 'content-type': 'text/plain' };
    const sent = await ask(port, TERMINATE, { method: 'POST', headers });
    expect([port, sent.body]).not.toEqual([port, '{}']);
  }
  expect(await isRunning()).toBe(true);
});

test('the UI is served to this machine’s names, and writes to its own pages alone', async () => {
  const port = Number(new URL(ui).port);
  for (const host of [
    'localhost',
    `localhost:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    `LOCALHOST:${port}`,
  ]) {
    const { status, body } = await ask(port, NAMESPACE, { headers: { host } });
    expect([host, status]).toEqual([host, 200]);
    expect(body).toContain('namespaceInfo');
  }
  const host = `127.0.0.1:${port}`;
  for (const origin of [
    'http://evil.example',
    'null',
    `http://localhost:${port}`,
    `https://${host}`,
    'http://127.0.0.1:1',
  ]) {
    const { status, body } = await ask(port, TERMINATE, { method: 'POST', headers: { host, origin } });
    expect([origin, status]).toEqual([origin, 403]);
    expect(body).toMatch(/^The Origin .* is not allowed; /);
  }
  const refused = await ask(port, '/', { headers: { host: 'evil.example' } });
  expect(refused).toEqual({
    status: 403,
    body: expect.stringMatching(/^The Host "evil.example" is not allowed; /),
  });
  const own = await ask(port, TERMINATE, { method: 'POST', headers: { host, origin: `http://${host}` } });
  expect(own).toEqual({ status: 400, body: expect.stringContaining('csrf') }); // the UI's own answer
});

const inChromium = chromium ? test : test.skip;
if (!chromium) console.warn(`Temporal's UI in a browser: ${NO_CHROMIUM}.`);

inChromium(
  'a browser shows the UI under this machine’s name, and nothing of it under a name that was pointed here',
  async () => {
    const { port } = new URL(ui);
    const shown = await domOf(`http://localhost:${port}/namespaces/default/workflows`);
    expect(shown).toContain('seen-in-the-ui');
    const rebound = await domOf(`http://evil.example:${port}${NAMESPACE}`, ['evil.example']);
    expect(rebound).toContain('The Host "evil.example');
    expect(rebound).not.toContain('namespaceInfo');
  },
  180_000,
);

inChromium(
  'a page of elsewhere in a browser can neither read nor end a session',
  async () => {
    const script = `
    const bases = ${JSON.stringify(await allPorts())}.map((port) => 'http://127.0.0.1:' + port);
    const read = bases.map((base) => fetch(base + '${NAMESPACE}').then((r) => r.text(), () => 'nothing'));
    const sent = bases.map((base) => fetch(base + '${TERMINATE}', { method: 'POST', mode: 'no-cors', body: '{}' }).catch(() => 0));
    Promise.all([...read, ...sent]).then((all) => {
      document.body.textContent = 'it read: ' + all.slice(0, bases.length);
    });`;
    const evil = createServer((_req, res) => {
      res.setHeader('Content-Type', 'text/html').end(`<body><script>${script}</script></body>`);
    }).listen(0, '127.0.0.1');
    await once(evil, 'listening');
    try {
      const { port } = evil.address() as AddressInfo;
      const dom = await domOf(`http://evil.example:${port}/`, ['evil.example']);
      expect(dom).toMatch(/it read: nothing(,nothing)*</);
      expect(await isRunning()).toBe(true);
    } finally {
      evil.close();
    }
  },
  180_000,
);
