/** Loads an author's module: TypeScript or JavaScript, its default export the app. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { App } from '../mcp/app';
import { firstLine } from '../runtime/checkApp';
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
  return app as App;
}

/** TypeScript compiled to CommonJS wraps its default once more. */
function defaultOf(module: unknown): unknown {
  const first = (module as { default?: unknown }).default;
  return typeof first === 'object' && first !== null && 'default' in first ? first.default : first;
}
