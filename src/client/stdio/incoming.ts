/** Reads a line of a server's standard output. */
import type { JSONRPCMessage } from '../../wire/messages';
import { parseMessage } from '../core/jsonRpc';

const MOST_QUOTED = 200;

/** @throws Error for a line that is no message: many servers, and the tools that start them, greet or log here */
export function messageOf(line: string): JSONRPCMessage {
  const message = parseMessage(line);
  if (message) return message;
  const quoted = JSON.stringify(line.length > MOST_QUOTED ? `${line.slice(0, MOST_QUOTED)}…` : line);
  throw new Error(
    `The MCP server wrote a line to standard output that is no JSON-RPC message; it was skipped: ${quoted}. Servers should log to standard error.`,
  );
}
