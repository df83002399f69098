/**
 * Detects calls of unknown tools that the SDK itself answers with "Tool x not found", which a node can do
 * without a worker. An author's own `tools/call` handler may know tools that are not registered, so such
 * servers are excluded. The SDK does not tell whose handler it is, so its registration is watched;
 * `test/unit/sdkInternals.test.ts` guards this.
 */
import type { JSONRPCRequest } from '../protocol';
import { ownerOf, type LowLevelServer, type AnyServer } from './anyServer';
import { handlersOf, registeredTool, toolName } from './registeredTools';

/** The private parts of `McpServer`. */
interface Internals {
  readonly server: LowLevelServer;
  setToolRequestHandlers?: (this: Internals) => void;
}

/** The SDK's own handler of `tools/call`, by low-level server. */
const ofTheSdk = new WeakMap<LowLevelServer, unknown>();
const watched = new WeakSet();

/** Watches all servers of this server's class from now on; an app may have its own copy of the SDK. */
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

/** The tool that a request calls, if the server does not have it. */
export function missingTool(server: AnyServer, message: JSONRPCRequest): string | undefined {
  const handler = handlersOf(server)?.get('tools/call');
  const isLeftToTheSdk = server.lowLevel && (!handler || handler === ofTheSdk.get(server.lowLevel));
  return isLeftToTheSdk && !registeredTool(server, message) ? toolName(message) : undefined;
}

/** Whether the server itself answers that the tool does not exist. */
export const saysNotFound = (server: AnyServer, message: JSONRPCRequest): boolean =>
  missingTool(server, message) !== undefined && handlersOf(server)?.has('tools/call') === true;
