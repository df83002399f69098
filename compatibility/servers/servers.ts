/**
 * The published servers: how each is installed, the app that a user would write around it, and the requests
 * that are compared.
 */

export interface Step {
  readonly method: string;
  readonly params?: Record<string, unknown>;
}

export interface PublishedServer {
  readonly name: string;
  readonly packages: readonly string[];
  /** The source of the app. `FOLDER` stands for the folder with the packages. */
  readonly app: string;
  readonly args?: readonly string[];
  /** Advice for users, shown in the table. */
  readonly note?: string;
  /** The answers contain numbers that differ from run to run: numbers are not compared. */
  readonly measures?: true;
  readonly steps: readonly Step[];
  /** Why a step's outcome differs from that on the SDK's own transport, by the step's name (see walk.ts). */
  readonly explained?: Readonly<Record<string, string>>;
}

const call = (name: string, args: Record<string, unknown> = {}): Step => ({
  method: 'tools/call',
  params: { name, arguments: args },
});

/**
 * For packages that export no server: each built server is a process of the package's own command, connected
 * by its standard streams.
 */
const ofCommand = (command: string): string => `
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
export default () => {
  const child = new StdioClientTransport({ command: process.execPath, args: ['${command}', ...process.argv.slice(2)], env: process.env, stderr: 'ignore' });
  return {
    async connect(transport) {
      child.onmessage = (message) => void transport.send(message);
      child.onclose = () => void transport.close();
      transport.onmessage = (message) => void child.send(message);
      await child.start();
      await transport.start();
    },
    close: () => child.close(),
  };
};`;
const A_PROCESS =
  'starts itself and exports no server: the app starts its command for each built server (docs/existing-servers.md)';
const MEMORY = 'it keeps this in its memory, and each call has a process of its own';

export const SERVERS: readonly PublishedServer[] = [
  {
    name: '@modelcontextprotocol/server-everything',
    packages: ['@modelcontextprotocol/server-everything'],
    app: `export { createServer as default } from '@modelcontextprotocol/server-everything/dist/server/index.js';`,
    measures: true,
    note: 'it has a cleanup, so it is closed when it has answered, and the timers of toggle-simulated-logging and toggle-subscriber-updates end',
    steps: [
      call('echo', { message: 'hi' }),
      call('get-sum', { a: 1, b: 2 }),
      call('get-structured-content', { location: 'Chicago' }),
      call('get-tiny-image'),
      call('get-annotated-message', { messageType: 'error', includeImage: true }),
      call('get-resource-links', { count: 2 }),
      call('get-resource-reference', { resourceType: 'Text', resourceId: 1 }),
      call('trigger-elicitation-request'),
      call('trigger-sampling-request', { prompt: 'x', maxTokens: 10 }),
      call('trigger-long-running-operation', { duration: 2, steps: 2 }),
      call('get-roots-list'),
      { method: 'resources/read', params: { uri: 'demo://resource/dynamic/text/1' } },
      { method: 'resources/subscribe', params: { uri: 'demo://resource/dynamic/text/1' } },
      { method: 'prompts/get', params: { name: 'simple-prompt' } },
      { method: 'prompts/get', params: { name: 'args-prompt', arguments: { city: 'X', state: 'Y' } } },
      {
        method: 'completion/complete',
        params: {
          ref: { type: 'ref/prompt', name: 'completable-prompt' },
          argument: { name: 'department', value: 'E' },
        },
      },
      { method: 'logging/setLevel', params: { level: 'debug' } },
      call('gzip-file-as-resource', {
        name: 'x.gz',
        data: 'data:text/plain,hello',
        outputType: 'resourceLink',
      }),
      { method: 'resources/read', params: { uri: 'demo://resource/session/x.gz' } },
    ],
    explained: {
      'resources/read demo://resource/session/x.gz':
        'the resource is registered on the server of the call before, in its memory',
    },
  },
  {
    name: '@modelcontextprotocol/server-everything@2025.9.12',
    packages: ['@modelcontextprotocol/server-everything@2025.9.12'],
    app: `export { createServer as default } from '@modelcontextprotocol/server-everything/dist/everything.js';`,
    note: 'low-level; its list of tools decides about their delivery',
    steps: [
      call('echo', { message: 'hi' }),
      call('add', { a: 1, b: 2 }),
      call('longRunningOperation', { duration: 2, steps: 2 }),
      call('sampleLLM', { prompt: 'x', maxTokens: 10 }),
      call('startElicitation'),
      call('getTinyImage'),
      { method: 'resources/read', params: { uri: 'test://static/resource/1' } },
      { method: 'prompts/get', params: { name: 'simple_prompt' } },
    ],
  },
  {
    name: '@modelcontextprotocol/server-memory',
    packages: ['@modelcontextprotocol/server-memory', '@modelcontextprotocol/sdk@1'],
    app: ofCommand('FOLDER/node_modules/@modelcontextprotocol/server-memory/dist/index.js'),
    note: A_PROCESS,
    steps: [
      call('create_entities', {
        entities: [{ name: 'Ada', entityType: 'person', observations: ['counts'] }],
      }),
      call('read_graph'),
      call('search_nodes', { query: 'Ada' }),
      call('delete_entities', { entityNames: ['Ada'] }),
    ],
  },
  {
    name: '@modelcontextprotocol/server-filesystem',
    packages: ['@modelcontextprotocol/server-filesystem', '@modelcontextprotocol/sdk@1'],
    app: ofCommand('FOLDER/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js'),
    args: ['FOLDER/data'],
    note: A_PROCESS,
    steps: [
      call('list_allowed_directories'),
      call('write_file', { path: 'FOLDER/data/a.txt', content: 'hello' }),
      call('read_text_file', { path: 'FOLDER/data/a.txt' }),
      call('list_directory', { path: 'FOLDER/data' }),
    ],
  },
  {
    name: '@modelcontextprotocol/server-sequential-thinking',
    packages: ['@modelcontextprotocol/server-sequential-thinking', '@modelcontextprotocol/sdk@1'],
    app: ofCommand('FOLDER/node_modules/@modelcontextprotocol/server-sequential-thinking/dist/index.js'),
    note: A_PROCESS,
    steps: [1, 2].map((thoughtNumber) =>
      call('sequentialthinking', { thought: 'x', nextThoughtNeeded: true, thoughtNumber, totalThoughts: 2 }),
    ),
    explained: { 'tools/call sequentialthinking 2': MEMORY },
  },
  {
    name: '@modelcontextprotocol/server-system-monitor',
    packages: ['@modelcontextprotocol/server-system-monitor'],
    app: `export { createServer as default } from '@modelcontextprotocol/server-system-monitor';`,
    note: 'on SDK 2.x',
    measures: true,
    steps: [call('get-system-info'), call('poll-system-stats')],
  },
  {
    name: '@supabase/mcp-server-supabase',
    packages: ['@supabase/mcp-server-supabase'],
    app: `import { createSupabaseMcpServer } from '@supabase/mcp-server-supabase';
import { createSupabaseApiPlatform } from '@supabase/mcp-server-supabase/platform/api';
const platform = createSupabaseApiPlatform({ accessToken: 'sbp_x', apiUrl: 'http://127.0.0.1:9' });
export default () => createSupabaseMcpServer({ platform, features: ['account', 'database'] });`,
    note: 'its API is not reached: what is compared is the error',
    steps: [call('list_organizations'), call('no_such_tool')],
  },
  {
    name: '@notionhq/notion-mcp-server',
    packages: ['@notionhq/notion-mcp-server'],
    app: `import { initProxy } from 'FOLDER/node_modules/@notionhq/notion-mcp-server/src/init-server.ts';
const specification = 'FOLDER/node_modules/@notionhq/notion-mcp-server/scripts/notion-openapi.json';
export default () => initProxy(specification, 'http://127.0.0.1:9');`,
    note: 'its API is not reached: what is compared is the error',
    steps: [call('API-get-self'), call('no-such-tool')],
  },
  {
    name: '@playwright/mcp',
    packages: ['@playwright/mcp'],
    app: `import { createConnection } from '@playwright/mcp';
export default () => createConnection({ browser: { isolated: true, launchOptions: { headless: true } } });`,
    note: 'no browser is installed: what is compared is the lists and the error; a browser lives as long as its server, which is one call',
    steps: [call('browser_close'), call('browser_tabs', { action: 'list' })],
  },
];
