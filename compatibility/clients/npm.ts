/** Clients from npm. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Unavailable, type PublishedClient } from './client';

const run = promisify(execFile);
const DRIVERS = path.join(__dirname, 'drivers');

interface NpmClient extends Pick<PublishedClient, 'name' | 'explained' | 'note'> {
  /** The packages with their versions. */
  readonly packages: readonly string[];
  /** A file of the folder `drivers`. */
  readonly driver: string;
  /** The arguments of the driver, for a client that is installed in `folder`. */
  readonly args?: (folder: string) => readonly string[];
  /**
   * The version of Node, if the client needs a newer one than durable-mcp. Node itself is installed from npm.
   */
  readonly needsNode?: string;
}

const ofNpm = ({ packages, driver, args, needsNode, ...client }: NpmClient): PublishedClient => ({
  ...client,
  registry: 'npm',
  async install(folder) {
    const node = `node-${process.platform}-${process.arch}`;
    const all = needsNode ? [...packages, `${node}@${needsNode}`] : packages;
    await writeFile(path.join(folder, 'package.json'), '{"type":"module","private":true}');
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...all], { cwd: folder });
    for (const file of ['orders.mjs', driver])
      await copyFile(path.join(DRIVERS, file), path.join(folder, file));
    return {
      command: needsNode ? path.join(folder, 'node_modules', node, 'bin/node') : process.execPath,
      args: [path.join(folder, driver), ...(args?.(folder) ?? [])],
      cwd: folder,
    };
  },
});

const NODE = '24.21.0';
const SILENT =
  'its revision of the protocol knows no event without data, so that there is nothing to go on from until the call has said something';

const NEVER_RESUMED = "it goes on with no call's stream that breaks off, and the call waits for ever";

const sdk = (version: string, explained?: PublishedClient['explained']): PublishedClient =>
  ofNpm({
    name: `@modelcontextprotocol/sdk ${version}`,
    packages: [`@modelcontextprotocol/sdk@${version}`],
    driver: 'sdk.mjs',
    explained,
  });

const inFolder = (file: string) => (folder: string) => [path.join(folder, 'node_modules', file)];

export const CLIENTS: readonly PublishedClient[] = [
  sdk('1.10.2', { 'node killed': SILENT }),
  sdk('1.17.5', { 'node killed': SILENT }),
  sdk('1.25.3'),
  sdk('1.32.2'),
  ofNpm({
    name: '@modelcontextprotocol/client 2.4.0',
    packages: ['@modelcontextprotocol/client@2.4.0'],
    driver: 'client2.mjs',
  }),
  ofNpm({
    name: '@ai-sdk/mcp 1.0.46',
    packages: ['@ai-sdk/mcp@1.0.46', 'zod@4.6.7'],
    driver: 'aiSdk.mjs',
    explained: { 'node killed': NEVER_RESUMED },
  }),
  ofNpm({
    name: '@ai-sdk/mcp 2.0.99',
    packages: ['@ai-sdk/mcp@2.0.99', 'zod@4.6.7'],
    driver: 'aiSdk.mjs',
    needsNode: NODE,
    explained: { 'node killed': NEVER_RESUMED },
    note: "its onUncaughtError is told of each stream's priming event, whose data are empty",
  }),
  ofNpm({
    name: 'mcp-remote 0.15.1',
    packages: ['mcp-remote@0.15.1', '@modelcontextprotocol/sdk@1.32.2'],
    driver: 'sdk.mjs',
    args: (folder) => [process.execPath, ...inFolder('mcp-remote/dist/proxy.js')(folder)],
  }),
  ofNpm({
    name: 'mcp-use 1.34.6',
    packages: ['mcp-use@1.34.6'],
    driver: 'mcpUse.mjs',
  }),
  ofNpm({
    name: '@openai/agents 0.20.0',
    packages: ['@openai/agents@0.20.0', 'zod@4.6.7'],
    driver: 'openaiAgents.mjs',
    needsNode: NODE,
  }),
  ofNpm({
    name: '@langchain/mcp-adapters 1.1.4',
    packages: ['@langchain/mcp-adapters@1.1.4'],
    driver: 'langchain.mjs',
  }),
  ofNpm({
    name: '@modelcontextprotocol/inspector 2.12.0 (CLI)',
    packages: ['@modelcontextprotocol/inspector@2.12.0'],
    driver: 'inspectorCli.mjs',
    args: inFolder('@modelcontextprotocol/inspector/clients/launcher/build/index.js'),
    needsNode: NODE,
  }),
  withBrowser(
    ofNpm({
      name: '@modelcontextprotocol/inspector 1.0.3 (web page)',
      packages: ['@modelcontextprotocol/inspector@1.0.3', 'playwright-core@1.65.1'],
      driver: 'inspectorPage.mjs',
      args: inFolder('@modelcontextprotocol/inspector/client/bin/client.js'),
    }),
  ),
];

/** Opens the page in the Chromium on the PATH. */
function withBrowser(client: PublishedClient): PublishedClient {
  return {
    ...client,
    async install(folder) {
      const chromium = (process.env.PATH ?? '')
        .split(path.delimiter)
        .flatMap((bin) =>
          ['chromium', 'chromium-browser', 'google-chrome'].map((name) => path.join(bin, name)),
        )
        .find((file) => existsSync(file));
      if (!chromium) throw new Unavailable('needs a Chromium on the PATH (Debian: apt-get install chromium)');
      const { env, ...command } = await client.install(folder);
      return { ...command, env: { ...env, CHROMIUM: chromium } };
    },
  };
}
