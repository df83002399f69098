/** Loads an author's module, in TypeScript or JavaScript, whose default export is the app. */
import path from 'node:path';
import type { App } from '../mcp/app';
import { importDefault } from './importModule';

/**
 * Gives the module a command line of its own, as if Node had been started with it: `process.argv` ends with
 * `args`.
 * @throws Error in one sentence if the file is missing, throws while it loads, or exports no app
 */
export async function loadApp(file: string, args: readonly string[] = []): Promise<App> {
  const full = path.resolve(file);
  process.argv = [process.execPath, full, ...args];
  const app = await importDefault(full, `The app ${file}`);
  if (typeof app !== 'function') {
    throw new Error(`The app ${file} has no default export that is a function returning an MCP server.`);
  }
  return app as App;
}
