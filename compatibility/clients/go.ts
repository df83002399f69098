/** Clients from Go modules. */
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { PublishedClient } from './client';
import { DRIVERS, runTool } from './toolchain';

const MODULE = 'github.com/modelcontextprotocol/go-sdk';

const sdk = (version: string, explained?: PublishedClient['explained']): PublishedClient => ({
  name: `${MODULE} ${version}`,
  registry: 'Go',
  explained,
  async install(folder) {
    await copyFile(path.join(DRIVERS, 'client.go'), path.join(folder, 'main.go'));
    await runTool(folder, 'go', 'mod', 'init', 'driver');
    await runTool(folder, 'go', 'get', `${MODULE}/mcp@v${version}`);
    await runTool(folder, 'go', 'build', '-o', 'driver');
    return { command: path.join(folder, 'driver'), args: [], cwd: folder };
  },
});

const WITHOUT_PRIMING =
  'it speaks revision 2025-06-18, whose streams begin without an event id, and resumes no stream that breaks before its first message';

export const CLIENTS: readonly PublishedClient[] = [
  sdk('1.2.0', { 'node killed': WITHOUT_PRIMING }),
  sdk('1.3.1', { 'node killed': WITHOUT_PRIMING }),
  sdk('1.8.0'),
];
