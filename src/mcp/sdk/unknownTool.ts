/**
 * Whether the SDK itself answers a call of a tool that is not there: "Tool x not found", which needs nobody but the node. Not where an
 * author has given the low-level server a handler of `tools/call`, who may know tools that are registered nowhere. The SDK keeps
 * private whose handler it is, so its registering is watched; `test/unit/sdkInternals.test.ts` guards it.
 */
import type { JSONRPCRequest } from '../protocol';
import { ownerOf, type LowLevelServer, type AnyServer } from './anyServer';
import { handlersOf, registeredTool, toolName } from './registeredTools';

/** Of `McpServer`. */
interface Internals {
  readonly server: LowLevelServer;
  setToolRequestHandlers?: (this: Internals) => void;
}

/** By the low-level server, the handler that the SDK has given it. */
const ofTheSdk = new WeakMap<LowLevelServer, unknown>();
const watched = new WeakSet();

/** From now on it is known of each server of this one's class. An app may have a copy of the SDK of its own. */
export function watchRegistering({ mcp }: AnyServer): void {
  const sdk = mcp && (ownerOf(mcp, 'setToolRequestHandlers') as Internals | undefined);
  const register = sdk?.setToolRequestHandlers;
  if (!sdk || !register || watched.has(sdk)) return;
  watched.add(sdk);
  sdk.setToolRequestHandlers = function () {
    register.call(this);
    const { _requestHandlers: handlers } = this.server as { _requestHandlers?: Map<string, unknown> };
    if (!ofTheSdk.has(this.server)) ofTheSdk.set(this.server, handlers?.get('tools/call'));
  };
}

/** The tool that a request calls and the server does not have. */
export function missingTool(server: AnyServer, message: JSONRPCRequest): string | undefined {
  const handler = handlersOf(server)?.get('tools/call');
  const isLeftToTheSdk = server.lowLevel && (!handler || handler === ofTheSdk.get(server.lowLevel));
  return isLeftToTheSdk && !registeredTool(server, message) ? toolName(message) : undefined;
}

/** The server says so in words of its own. */
export const saysNotFound = (server: AnyServer, message: JSONRPCRequest): boolean =>
  missingTool(server, message) !== undefined && handlersOf(server)?.has('tools/call') === true;
