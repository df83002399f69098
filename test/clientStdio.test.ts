/** What a client and a server say to each other over stdio, with the unmodified official client. */
import { afterEach, expect, test } from '@jest/globals';
import { McpClientError } from '../src/client/errors';
import type { StdioTransport } from '../src/client/stdio/stdioTransport';
import { bareServer, closeAll, connected, sdkServer, transportTo } from './fixtures/stdio/processes';

afterEach(closeAll);

/** What the transport reports, apart from the ends of operations. */
function reportsOf(transport: StdioTransport): Error[] {
  const reports: Error[] = [];
  transport.onerror = (error) => void reports.push(error);
  return reports;
}

const textOf = (result: unknown): string =>
  (result as { content: { text: string }[] }).content.map(({ text }) => text).join();

test('a message of 10 MB passes in both directions', async () => {
  const { client } = await connected(sdkServer());
  const message = 'ü'.repeat(5_000_000); // 10 MB, and the server's own limit is 10 MiB
  const result = await client.callTool({ name: 'echo', arguments: { message } });
  expect(textOf(result) === message).toBe(true);
});

test('a server may write 1 MB to standard error before it reads', async () => {
  const { client, transport } = await connected(sdkServer('--noisy'));
  expect(await client.ping()).toEqual({});
  expect(transport.process?.stderrTail).toBe('n'.repeat(64 * 1024));
});

test('characters may be cut where one read ends and the next begins', async () => {
  const { client } = await connected(bareServer('umlauts'));
  expect((await client.listTools()).tools).toMatchObject([{ name: 'grüße-€-😀' }]);
});

test("the client answers the server's ping", async () => {
  const { client } = await connected(sdkServer());
  expect(textOf(await client.callTool({ name: 'ping-client' }))).toBe('{}');
});

test('lines that are no messages are reported and skipped', async () => {
  const transport = transportTo(bareServer('banner'));
  const reports = reportsOf(transport);
  const answered = new Promise((resolve) => (transport.onmessage = resolve));
  await transport.start();
  await transport.send({ jsonrpc: '2.0', id: 1, method: 'ping' });
  expect(await answered).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
  expect(reports.map(({ message }) => message)).toEqual([
    expect.stringContaining('"Welcome to the server!"'),
    expect.stringContaining('listening'),
  ]);
});

test('a message over the limit ends the connection with one clear error', async () => {
  const transport = transportTo({ ...sdkServer(), maxMessage: 5_000 });
  const reports = reportsOf(transport);
  const closed = new Promise<void>((resolve) => (transport.onclose = resolve));
  await transport.start();
  await transport.send({ jsonrpc: '2.0', id: 1, method: 'x'.repeat(10_000) });
  const message = 'x'.repeat(10_000);
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  await transport.send({ jsonrpc: '2.0', id: 2, method: 'initialize', params });
  await transport.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  await transport.send({
    jsonrpc: '2.0',
    id: 3,
    method: 'tools/call',
    params: { name: 'echo', arguments: { message } },
  });
  await closed;
  expect(reports).toEqual([expect.any(McpClientError)]);
  expect(reports[0]?.message).toContain('is longer than 5000 bytes, so the connection was ended');
  expect(transport.state).toBe('failed');
  await expect(transport.send({ jsonrpc: '2.0', id: 4, method: 'ping' })).rejects.toThrow(
    'longer than 5000 bytes',
  );
});

test('a line of standard error goes to the function', async () => {
  const lines: string[] = [];
  const { client, transport } = await connected({
    ...bareServer('stubborn'),
    stop: { stdin: 0, term: 500 },
    stderr: (line) => void lines.push(line),
  });
  await client.close();
  expect(lines).toEqual(['TERM ignored']);
  expect(transport.process?.stderrTail).toBe('TERM ignored\n');
});

const environmentWith = async (given: { inheritEnv?: 'all' | string[]; env?: Record<string, string> }) => {
  const { client } = await connected({ ...sdkServer(), ...given });
  return JSON.parse(textOf(await client.callTool({ name: 'environment' }))) as Record<string, string>;
};

test('the environment of the server is what the target says', async () => {
  process.env.A_SECRET_OF_OURS = 'hunter2';
  process.env['odd.name-1'] = 'kept';
  try {
    const safe = await environmentWith({ env: { TOKEN: 'given' } });
    expect(safe).toEqual({ TOKEN: 'given', PATH: process.env.PATH, ...present('HOME', 'USER', 'LOGNAME') });
    const some = await environmentWith({ inheritEnv: ['A_SECRET_OF_OURS'], env: {} });
    expect(some).toEqual({ A_SECRET_OF_OURS: 'hunter2' });
    expect(await environmentWith({ inheritEnv: 'all', env: { PATH: '/overridden' } })).toEqual({
      ...process.env,
      PATH: '/overridden',
    });
  } finally {
    delete process.env.A_SECRET_OF_OURS;
    delete process.env['odd.name-1'];
  }
});

/** Those variables, of all that are safe, that this process has. */
function present(...names: string[]): NodeJS.ProcessEnv {
  const safe = [...names, 'SHELL', 'TERM', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];
  return Object.fromEntries(safe.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

test('a malformed target is refused with the names of what is wrong', () => {
  expect(() => transportTo({ command: '', stop: { term: 'soon' } })).toThrow(
    /command: .*stop\.term: it is no/,
  );
});
