/** A connection of the command line to an MCP server: where it is, and what becomes of the session. */
import os from 'node:os';
import path from 'node:path';
import { connect } from '../client/connection/connect';
import type { McpConnection } from '../client/connection/mcpConnection';
import type { ConnectOptions, Handlers } from '../client/connection/options';
import { fileStore } from '../client/store/file';
import { firstLine } from '../shared/firstLine';
import { targetOf, type ServerValues } from './mcpTarget';
import { printable } from './print';
import type { Terminal } from './terminal';

/** `npx` may have to download the server first. */
const START_LIMIT = '60s';

export interface Kept {
  readonly key: string | undefined;
  readonly store: string | undefined;
}

/**
 * A call without a key leaves nothing behind. One with a key has a session of its own, so that no other command
 * takes it up; the session stays until the server ends it, and the answer for an hour. The session is whoever's
 * asks for it from this folder: a renewed token must find the call of the one before.
 */
export async function openServer(
  server: string,
  values: ServerValues,
  terminal: Terminal,
  on: Handlers = {},
  { key, store }: Kept = { key: undefined, store: undefined },
): Promise<McpConnection> {
  if (store !== undefined && key === undefined)
    throw new Error('--store keeps a call that has a name; give --key as well.');
  const target = await targetOf(server, values, (line) => {
    terminal.message(line);
  });
  const kept: ConnectOptions =
    key === undefined
      ? {}
      : { store: fileStore(store ?? dataFolder()), namespace: `call ${key}`, user: 'cli', mode: 'shared' };
  terminal.connecting();
  const connection = await connect(target, {
    ...kept,
    ...('command' in target && { timeout: { connect: START_LIMIT } }),
    on: {
      ...on,
      log: ({ level, logger, data }) => {
        const text = typeof data === 'string' ? data : JSON.stringify(data);
        terminal.message(`[${level}] ${logger === undefined ? '' : `${logger}: `}${text}`);
      },
      state: (state) => {
        if (state === 'reconnecting') terminal.message('The connection is lost; it is tried again.');
      },
    },
    onWarning: (message) => {
      terminal.message(firstLine(message));
    },
  });
  terminal.clear();
  return connection;
}

/** Runs `act` with the server, whose session ends with it. @throws Error in one sentence */
export async function withServer(
  server: string,
  values: ServerValues,
  terminal: Terminal,
  act: (connection: McpConnection) => Promise<void>,
): Promise<void> {
  try {
    const connection = await openServer(server, values, terminal);
    try {
      await act(connection);
    } finally {
      terminal.mute();
      await connection.end();
    }
  } catch (error) {
    terminal.clear();
    throw inOneSentence(error);
  }
}

/** Servers choose much of the text, and a server's process may have said many lines, which were shown already. */
export const inOneSentence = (error: unknown): Error =>
  new Error(printable(firstLine(error).replace(/ The end of its standard error:$/, '')), { cause: error });

/** By the XDG rules, which ignore a relative folder. */
function dataFolder(): string {
  const given = process.env.XDG_DATA_HOME;
  const base =
    given !== undefined && path.isAbsolute(given) ? given : path.join(os.homedir(), '.local', 'share');
  return path.join(base, 'durable-mcp', 'client');
}
