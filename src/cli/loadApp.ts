/** Loads an author's module: TypeScript or JavaScript, its default export the app. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { App } from '../server/app';
import { build } from '../server/build';
import { watchRegistering } from '../server/unknownTool';
import { ANONYMOUS } from '../protocol/session';
import { importModule } from './importModule';

/** @throws Error in one sentence: the file is missing, throws while it loads, or has no app. */
export async function loadApp(file: string): Promise<App> {
  const full = path.resolve(file);
  await access(full).catch(() => {
    throw new Error(`The app ${file} does not exist; give the path of a TypeScript or JavaScript module.`);
  });
  const module = await importModule(full).catch((error: unknown) => {
    throw new Error(`The app ${file} failed while loading: ${firstLine(error)}`, { cause: error });
  });
  const app = defaultOf(module);
  if (typeof app !== 'function') {
    throw new Error(`The app ${file} has no default export that is a function returning an McpServer.`);
  }
  await tryOnce(app as App, file);
  return app as App;
}

/** TypeScript compiled to CommonJS wraps its default once more. */
function defaultOf(module: unknown): unknown {
  const first = (module as { default?: unknown }).default;
  return typeof first === 'object' && first !== null && 'default' in first ? first.default : first;
}

/** An app that cannot build a server says so at the start, not to its first client. */
async function tryOnce(app: App, file: string): Promise<void> {
  const session = {
    id: '00000000-0000-4000-8000-000000000000',
    principal: ANONYMOUS,
    protocolVersion: '2025-11-25',
    client: { name: 'durable-mcp', version: '0' },
    capabilities: {},
    state: {},
  };
  const server: unknown = await build(app, session).catch((error: unknown) => {
    throw new Error(`The app ${file} failed to build its server: ${firstLine(error)}`, { cause: error });
  });
  if (typeof server !== 'object' || server === null || !('server' in server)) {
    throw new Error(
      `The app ${file} returned no McpServer; its default export must return a new one at each call.`,
    );
  }
  watchRegistering(server as McpServer);
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
