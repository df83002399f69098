/**
 * Whether the SDK itself answers a call of a tool that is not there: "Tool x not found", which needs nobody but the node. Not where an
 * author has given the low-level server a handler of `tools/call`, who may know tools that are registered nowhere. The SDK (1.32) keeps
 * private whose handler it is, so its registering is watched; `test/unit/sdkInternals.test.ts` guards it.
 */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { JSONRPCRequest } from '../protocol/mcp';
import { missingTool } from './toolCall';

interface Internals {
  setToolRequestHandlers?: (this: McpServer) => void;
}

/** By the low-level server, the handler that the SDK has given it. */
const ofTheSdk = new WeakMap<McpServer['server'], unknown>();
const watched = new WeakSet();

/** From now on it is known of each server of this one's class. An app may have a copy of the SDK of its own. */
export function watchRegistering(server: McpServer): void {
  const sdk = ownerOf(server, 'setToolRequestHandlers');
  const register = sdk?.setToolRequestHandlers;
  if (!sdk || !register || watched.has(sdk)) return;
  watched.add(sdk);
  sdk.setToolRequestHandlers = function () {
    register.call(this);
    if (!ofTheSdk.has(this.server)) ofTheSdk.set(this.server, handlerOf(this));
  };
}

export function saysNotFound(server: McpServer, message: JSONRPCRequest): boolean {
  if (missingTool(server, message) === undefined) return false;
  const handler = handlerOf(server);
  return handler !== undefined && handler === ofTheSdk.get(server.server);
}

function handlerOf({ server }: McpServer): unknown {
  const { _requestHandlers: handlers } = server as unknown as { _requestHandlers: Map<string, unknown> };
  return handlers.get('tools/call');
}

function ownerOf(server: McpServer, method: keyof Internals): Internals | undefined {
  let owner = Object.getPrototypeOf(server) as Internals | null;
  while (owner && !Object.hasOwn(owner, method)) owner = Object.getPrototypeOf(owner) as Internals | null;
  return owner ?? undefined;
}
