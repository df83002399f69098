/** Where the MCP server of a command is: a URL, a command line, or a name in a file of servers. */
import path from 'node:path';
import type { HttpTarget } from '../client/connection/options';
import { targetsOf, type ServersConfig } from '../client/connection/serversConfig';
import type { StdioTarget } from '../client/stdio/target';
import { firstLine } from '../shared/firstLine';
import { commandWords } from './commandWords';
import type { SERVER, ValuesOf } from './options';

export type ServerValues = ValuesOf<typeof SERVER>;
type ServerTarget = HttpTarget | StdioTarget;

/** `onLine`: for what a server's process writes to standard error. @throws Error in one sentence */
export async function targetOf(
  server: string,
  { config, header = {}, token, env }: ServerValues,
  onLine: (line: string) => void,
): Promise<ServerTarget> {
  const isUrl = config === undefined && /^https?:\/\//i.test(server);
  if (!isUrl && Object.keys(header).length > 0)
    throw new Error('--header is for a URL; a file of servers has headers of its own.');
  if ((isUrl || config !== undefined) && env.length > 0)
    throw new Error('--env is for a command; a file of servers has variables of its own.');
  if (isUrl) return httpTarget(server, header, token);
  const target =
    config === undefined ? commandTarget(server, env) : await entryOf(path.resolve(config), server);
  return 'command' in target ? { ...target, stderr: onLine } : target;
}

/** A header that names a variable is read as one of a file of servers. */
async function httpTarget(
  url: string,
  header: Readonly<Record<string, string>>,
  token: string | undefined,
): Promise<HttpTarget> {
  if (!URL.canParse(url)) throw new Error(`${url} is no URL; give one such as https://mcp.example.com/mcp.`);
  const hasOwn = Object.keys(header).some((name) => name.toLowerCase() === 'authorization');
  const bearer = token !== undefined && !hasOwn && { Authorization: `Bearer ${token}` };
  const target = await entryOf({ mcpServers: { [url]: { url: '', headers: header } } }, url);
  const { headers } = target as { headers?: Record<string, string> };
  return { url, headers: { ...headers, ...bearer } };
}

function commandTarget(line: string, names: readonly string[]): StdioTarget {
  const [command, ...args] = commandWords(line);
  const env = names.map((name) => {
    const value = process.env[name];
    if (value === undefined) throw new Error(`--env passes on ${name}, which is not set in the environment.`);
    return [name, value] as const;
  });
  return { command, args, env: Object.fromEntries(env) };
}

async function entryOf(config: string | ServersConfig, name: string): Promise<ServerTarget> {
  const targets = await targetsOf(config).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new Error(`The file of servers cannot be read: ${firstLine(error)}.`, { cause: error });
  });
  const target = targets.get(name);
  if (target === undefined)
    throw new Error(`There is no server ${name}; there are ${[...targets.keys()].join(', ') || 'none'}.`);
  if (target instanceof Error) throw target;
  return typeof target === 'string' || target instanceof URL ? { url: target } : target;
}
