/**
 * Hands one JSON-RPC request to the author's server and waits for its response. The server is built for this one request. Used by the
 * worker for calls, and by the node for requests without effects.
 */
import { ErrorCode, type JSONRPCRequest, type JSONRPCResponse } from '../protocol/mcp';
import type { SessionInfo } from '../protocol/session';
import type { App } from './app';
import { GreetedServer, type GreetOptions } from './greetedServer';
import { missingTool, watchHandler } from './toolCall';

export interface HandedOver {
  readonly response: JSONRPCResponse;
  /** What the handler threw, if `response` only reports that. */
  readonly thrown?: unknown;
  /** The tool that was called, if the server has none of that name. */
  readonly missing?: string;
}

export async function handOver(
  app: App,
  session: SessionInfo,
  message: JSONRPCRequest,
  options: GreetOptions = {},
): Promise<HandedOver> {
  let thrown: unknown;
  const greeted = await GreetedServer.greet(app, session, options);
  try {
    const missing = missingTool(greeted.server, message);
    watchHandler(greeted.server, message, (error) => (thrown = error));
    const response = await greeted.ask(message, options);
    return { response, thrown: thrown ?? thrownOutsideTools(message, response), missing };
  } finally {
    greeted.closeSoon();
  }
}

/** A prompt's or a resource's handler that threw shows as an internal error; an McpError says its code in its message. */
function thrownOutsideTools(message: JSONRPCRequest, response: JSONRPCResponse): unknown {
  if (message.method === 'tools/call' || !('error' in response)) return undefined;
  const { code, message: text } = response.error;
  return code === ErrorCode.InternalError && !text.startsWith('MCP error') ? new Error(text) : undefined;
}
