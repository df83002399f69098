/** Loads an author's module: TypeScript or JavaScript, its default export the app. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { App } from '../mcp/app';
import { buildServer } from '../mcp/buildServer';
import { unsupportedBy } from '../mcp/initializedServer';
import { NoServer } from '../mcp/sdk/anyServer';
import { watchRegistering } from '../mcp/sdk/unknownTool';
import { ANONYMOUS, principalId } from '../wire/principal';
import type { SessionInfo } from '../wire/sessionInfo';
import { importModule } from './importModule';

/**
 * The module sees a command line of its own, as if Node had been started with it: `process.argv` ends with `args`.
 * @throws Error in one sentence: the file is missing, throws while it loads, or has no app that builds servers.
 */
export async function loadApp(file: string, args: readonly string[] = []): Promise<App> {
  const full = path.resolve(file);
  await access(full).catch(() => {
    throw new Error(`The app ${file} does not exist; give the path of a TypeScript or JavaScript module.`);
  });
  process.argv = [process.execPath, full, ...args];
  const module = await importModule(full).catch((error: unknown) => {
    throw new Error(`The app ${file} failed while loading: ${firstLine(error)}`, { cause: error });
  });
  const app = defaultOf(module);
  if (typeof app !== 'function') {
    throw new Error(`The app ${file} has no default export that is a function returning an MCP server.`);
  }
  await tryTwice(app as App, file);
  return app as App;
}

/** TypeScript compiled to CommonJS wraps its default once more. */
function defaultOf(module: unknown): unknown {
  const first = (module as { default?: unknown }).default;
  return typeof first === 'object' && first !== null && 'default' in first ? first.default : first;
}

/** Of nobody. */
const TRIAL: SessionInfo = {
  id: '00000000-0000-4000-8000-000000000000',
  principal: principalId(ANONYMOUS),
  protocolVersion: '2025-11-25',
  client: { name: 'durable-mcp', version: '0' },
  capabilities: {},
  state: {},
};

/** An app that cannot build a server, or has only one for all calls, says so at the start, not to its first clients. */
async function tryTwice(app: App, file: string): Promise<void> {
  const tryOnce = () =>
    buildServer(app, TRIAL).catch((error: unknown) => {
      if (error instanceof NoServer) throw new Error(error.message.replace('The app', `The app ${file}`));
      throw new Error(`The app ${file} failed to build its server: ${firstLine(error)}`, { cause: error });
    });
  const first = await tryOnce();
  const second = await tryOnce();
  watchRegistering(first);
  const isShared = first.isSameAs(second);
  for (const server of [first, second]) server.close(TRIAL.id);
  if (isShared) {
    throw new Error(
      `The app ${file} returned the same server at two calls, and many calls run at once; build a new server inside of its function at each call.`,
    );
  }
}

/** What clients are not told of, in one line for the operator; `undefined` if there is nothing. */
export async function unsupportedIn(app: App, file: string): Promise<string | undefined> {
  // What fails here fails for the client that opens a session, who is told.
  const names = await Promise.race([unsupportedBy(app, TRIAL).catch(() => []), patience()]);
  if (names.length === 0) return undefined;
  return `The app ${file} declares ${names.join(', ')}, which durable-mcp does not support yet: its clients are not told of it.`;
}

const patience = (): Promise<never[]> =>
  new Promise((resolve) => {
    setTimeout(() => {
      resolve([]);
    }, TRY_WITHIN_MS).unref();
  });

const TRY_WITHIN_MS = 5_000;

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
