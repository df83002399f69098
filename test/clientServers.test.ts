/** Several servers of one configuration: each up or down for itself, their tools under one roof. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { textOf } from 'durable-mcp/testing';
import { Cancelled, McpServers, type ConnectOptions, type ServersConfig } from '../src/client';
import { freePort } from '../src/temporal/freePort';
import { serve, type Served } from './fixtures/connection/served';
import { startSdkServer } from './fixtures/connection/sdkServer';

let served: Served;
let folder: string;
const open: McpServers[] = [];
beforeAll(async () => {
  served = await serve('SDK, HTTP');
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-servers-'));
  process.env.TEST_SERVERS_URL = String(served.target);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((servers) => servers.end()));
});
afterAll(async () => {
  delete process.env.TEST_SERVERS_URL;
  await rm(folder, { recursive: true });
  await served.stop();
});

async function serversOf(config: string | ServersConfig, options?: ConnectOptions): Promise<McpServers> {
  const servers = await McpServers.fromConfig(config, options);
  open.push(servers);
  return servers;
}
const soon = { timeout: { connect: 300 }, backoff: { first: 10, max: 20 } };
const here = { url: '${TEST_SERVERS_URL}' };

test('one that is down or wrong keeps no other from serving, and each says why', async () => {
  const servers = await serversOf(
    {
      mcpServers: {
        up: here,
        down: { url: `http://127.0.0.1:${await freePort()}/mcp` },
        unset: { url: '${TEST_NOT_SET}' },
        empty: {},
        args: { command: 'node', args: 'server.js' },
        sse: { type: 'sse', url: 'http://127.0.0.1:1/sse' },
        odd: { url: 'nonsense' },
      },
    },
    soon,
  );
  expect(servers.names).toEqual(['up', 'down', 'unset', 'empty', 'args', 'sse', 'odd']);
  const said = Object.fromEntries([...servers.failures].map(([name, { message }]) => [name, message]));
  expect(said).toEqual({
    down: expect.any(String),
    unset: 'The server unset cannot be used: the environment variable TEST_NOT_SET is not set.',
    empty: 'The server empty cannot be used: it has neither a command nor a url.',
    args: expect.stringMatching(/^The server args cannot be used: args: .*array/),
    sse: expect.stringContaining('HTTP+SSE of 2024-11-05, is not supported'),
    odd: expect.stringContaining('"nonsense" is no URL of an MCP server'),
  });
  for (const message of Object.values(said)) expect(message).not.toContain('\n');
  expect(textOf(await servers.callTool('up__echo', { value: 'up' }))).toBe('up');
  const tools = await servers.listTools();
  expect(tools.map(({ name }) => name)).toContain('up__echo');
  expect(tools.every(({ name }) => name.startsWith('up__'))).toBe(true);
  await expect(servers.callTool('down__echo')).rejects.toMatchObject({ message: said.down });
  await expect(servers.callTool('none__echo')).rejects.toThrow(
    /There is no server for none__echo; there are up/,
  );
  expect(servers.failures.has('none__echo')).toBe(false);
});

test('a server that comes up is taken once by two calls at once', async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/mcp`;
  const servers = await serversOf({ mcpServers: { late: { url } } }, soon);
  expect([...servers.failures.keys()]).toEqual(['late']);
  const server = await startSdkServer('with sessions', port);
  try {
    const calls = ['1', '2'].map((value) => servers.callTool('late__echo', { value }));
    expect((await Promise.all(calls)).map(textOf)).toEqual(['1', '2']);
    expect(servers.failures.size).toBe(0);
    await servers.close();
    await expect(servers.callTool('late__echo')).rejects.toThrow(Cancelled);
    await expect(servers.get('late')).resolves.toMatchObject({ state: 'closed' });
  } finally {
    await server.stop();
  }
});

test('a variable that is not set has its default', async () => {
  const servers = await serversOf({
    mcpServers: { one: { url: `\${TEST_NOT_SET:-${String(served.target)}}` } },
  });
  expect(servers.failures.size).toBe(0);
});

test('names with the separator: the server that has the tool is called', async () => {
  const servers = await serversOf({ mcpServers: { a: here, a__b: here } });
  expect(textOf(await servers.callTool('a__b__echo', { value: 'of a__b' }))).toBe('of a__b');
  await expect(servers.callTool('a__b__none')).rejects.toThrow('no none here');
  expect(textOf(await servers.callTool('a__echo', { value: 'of a' }))).toBe('of a');
  expect(textOf(await servers.callTool('a__b__odd', {}))).toBe('odd'); // of a, whose tool is b__odd
});

test('a configuration as JSON, or as a file', async () => {
  const json = JSON.stringify({ mcpServers: { one: here } });
  const file = path.join(folder, 'servers.json');
  await writeFile(file, json);
  for (const config of [json, file]) {
    const servers = await serversOf(config, { namespace: config });
    expect(servers.failures.size).toBe(0);
    expect(servers.names).toEqual(['one']);
  }
  await writeFile(file, '{');
  await expect(serversOf(file)).rejects.toThrow(/servers.json is no JSON/);
  await expect(serversOf(path.join(folder, 'none'))).rejects.toThrow(
    /The configuration cannot be read: ENOENT/,
  );
  await expect(serversOf('{"servers":{}}')).rejects.toThrow(/^The configuration is wrong: mcpServers: /);
});
