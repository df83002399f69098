/** Reads a line of a server's standard output. */
import { z } from 'zod/v4';
import type { JSONRPCMessage } from '../../wire/messages';

const jsonrpc = z.literal('2.0');
const id = z.union([z.string(), z.number()]);
const method = z.string();
const params = z.looseObject({}).optional();

const MESSAGE = z.union([
  z.object({ jsonrpc, id, method, params }),
  z.object({ jsonrpc, id: z.undefined(), method, params }),
  z.object({ jsonrpc, id, result: z.looseObject({}) }),
  z.object({ jsonrpc, id: id.optional(), error: z.object({ code: z.number(), message: z.string() }) }),
]);

const MOST_QUOTED = 200;

const isMessage = (value: unknown): value is JSONRPCMessage => MESSAGE.safeParse(value).success;

/** @throws Error for a line that is no message: many servers, and the tools that start them, greet or log here */
export function messageOf(line: string): JSONRPCMessage {
  const value = parse(line);
  if (isMessage(value)) return value;
  const quoted = JSON.stringify(line.length > MOST_QUOTED ? `${line.slice(0, MOST_QUOTED)}…` : line);
  throw new Error(
    `The MCP server wrote a line to standard output that is no JSON-RPC message; it was skipped: ${quoted}. Servers should log to standard error.`,
  );
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
