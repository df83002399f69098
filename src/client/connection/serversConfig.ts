/**
 * The `mcpServers` file that editors and agents share: one entry a server, a command or a URL, with variables of
 * the environment.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod/v4';
import type { HttpTarget, Target } from './options';

const Command = z.object({
  command: z.string(),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  cwd: z.string().optional(),
});
const Remote = z.object({
  url: z.string().optional(),
  /** As some editors write it. */
  serverUrl: z.string().optional(),
  type: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
});
const Config = z.object({ mcpServers: z.record(z.string(), z.looseObject({})) });

export type ServersConfig = z.input<typeof Config>;

/** The target of each server, or what is wrong with its entry. @throws Error if the whole cannot be read */
export async function targetsOf(config: string | ServersConfig): Promise<Map<string, Target | Error>> {
  const read = typeof config === 'string' ? await readConfig(config) : config;
  const { success, data, error } = Config.safeParse(read);
  if (!success) throw new Error(`The configuration is wrong: ${said(error)}.`);
  return new Map(Object.entries(data.mcpServers).map(([name, entry]) => [name, targetOf(name, entry)]));
}

/** A text that begins with a brace is the JSON itself, any other the path of a file. */
async function readConfig(text: string): Promise<unknown> {
  const isJson = text.trimStart().startsWith('{');
  const json = isJson ? text : await readFile(text, 'utf8').catch(unreadable);
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw new Error(`${isJson ? 'The configuration' : text} is no JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

const said = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ');

function unreadable(cause: unknown): never {
  throw new Error(`The configuration cannot be read: ${(cause as Error).message}.`, { cause });
}

function targetOf(name: string, entry: unknown): Target | Error {
  try {
    const filled = withVariables(entry);
    if (typeof filled === 'object' && filled !== null && 'command' in filled) return Command.parse(filled);
    const { url, serverUrl, headers, type } = Remote.parse(filled);
    const address = url ?? serverUrl;
    if (address === undefined) throw new Error('it has neither a command nor a url');
    if (type === 'sse')
      throw new Error('its transport, HTTP+SSE of 2024-11-05, is not supported; use Streamable HTTP');
    return { url: address, headers } satisfies HttpTarget;
  } catch (error) {
    return new Error(
      `The server ${name} cannot be used: ${error instanceof z.ZodError ? said(error) : (error as Error).message}.`,
    );
  }
}

/** `${NAME}`, `${env:NAME}`, and `${NAME:-default}`, in every text. */
function withVariables(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\$\{(?:env:)?(\w+)(?::-([^}]*))?\}/g, variable);
  if (Array.isArray(value)) return value.map(withVariables);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withVariables(one)]));
}

function variable(_whole: string, name: string, otherwise?: string): string {
  const value = process.env[name] ?? otherwise;
  if (value === undefined) throw new Error(`the environment variable ${name} is not set`);
  return value;
}
