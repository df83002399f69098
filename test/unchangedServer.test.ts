/**
 * Features, row 40: the SDK's own example server runs durably, with the handlers of the published package.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { type Cluster, connect, textOf, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { ROOT } from './fixtures/root';

const EXAMPLES = path.join(ROOT, 'node_modules/@modelcontextprotocol/sdk/dist/esm/examples/server');

let folder: string;
let cluster: Cluster;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'durable-mcp-sdk-'));
  const app = path.join(folder, 'app.mjs');
  await writeFile(app, serverPartOf(await readFile(path.join(EXAMPLES, 'simpleStreamableHttp.js'), 'utf8')));
  cluster = await startCluster({ app });
});
afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true });
});

/** The part of the example that builds the server, without its HTTP front end. */
function serverPartOf(source: string): string {
  const end = source.indexOf('\nconst MCP_PORT');
  if (end < 0) throw new Error('The SDK changed its example; find where its server part ends now.');
  const base = pathToFileURL(EXAMPLES + path.sep);
  const absolute = (match: string, specifier: string) => {
    if (specifier.startsWith('node:')) return match;
    return `from '${specifier.startsWith('.') ? new URL(specifier, base).href : pathToFileURL(require.resolve(specifier)).href}'`;
  };
  return source.slice(0, end).replace(/from '([^']+)'/g, absolute) + '\nexport default getServer;\n';
}

test('tools, prompts, resources and notifications work on every node', async () => {
  const { client } = await connect(cluster.url);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['greet', 'multi-greet', 'list-files']),
  );
  expect(textOf(await client.callTool({ name: 'greet', arguments: { name: 'Ada' } }))).toBe('Hello, Ada!');

  const logged: unknown[] = [];
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }) => void logged.push(params.data),
  );
  const multi = await client.callTool({ name: 'multi-greet', arguments: { name: 'Ada' } });
  expect(textOf(multi)).toBe('Good morning, Ada!');
  expect(logged).toEqual([
    'Starting multi-greet for Ada',
    'Sending first greeting to Ada',
    'Sending second greeting to Ada',
  ]);

  const prompt = await client.getPrompt({ name: 'greeting-template', arguments: { name: 'Ada' } });
  expect(prompt.messages[0]?.content).toMatchObject({ text: 'Please greet Ada in a friendly manner.' });
  const { resources } = await client.listResources();
  expect(resources).toHaveLength(3);
  const read = await client.readResource({ uri: 'https://example.com/greetings/default' });
  expect(read.contents[0]).toMatchObject({ text: 'Hello, world!' });
  await client.close();
});

test('it may ask its client, and is told at once of one that cannot be asked', async () => {
  const { client: cannot } = await connect(cluster.url);
  const ask = { name: 'collect-user-info', arguments: { infoType: 'contact' } };
  expect(textOf(await cannot.callTool(ask))).toMatch(/did not declare the capability elicitation/);
  await cannot.close();

  const can = new Client({ name: 'test', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  const content = { name: 'Ada', email: 'ada@example.com' };
  can.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content }));
  await can.connect(new StreamableHTTPClientTransport(new URL(cluster.url)));
  expect(textOf(await can.callTool(ask))).toContain(
    `contact information: ${JSON.stringify(content, null, 2)}`,
  );
  await can.close();
});

test('the node is killed in the middle of its longest tool: the client hears all of it once, and the answer', async () => {
  const { client } = await connect(cluster.url);
  const logged: string[] = [];
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }) => void logged.push(/#\d+/.exec(String(params.data))?.[0] ?? ''),
  );
  const call = client.callTool({
    name: 'start-notification-stream',
    arguments: { interval: 200, count: 20 },
  });
  await until(() => logged.length >= 3);
  // Either node may hold the stream, so both are replaced, one after the other.
  for (const node of [...cluster.nodes]) {
    await cluster.startNode();
    cluster.nodes.splice(cluster.nodes.indexOf(node), 1);
    await node.kill();
  }
  expect(textOf(await call)).toMatch(/^Started sending periodic notifications/);
  expect(logged).toEqual(Array.from({ length: 20 }, (_, i) => `#${i + 1}`));
  await client.close();
});
