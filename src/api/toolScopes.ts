/** The scopes that an author requires for a tool's calls. */
import type { AnyServer } from '../mcp/sdk/anyServer';
import { registeredTool, toolNamed, type RegisteredTool } from '../mcp/sdk/registeredTools';
import type { JSONRPCRequest } from '../mcp/protocol';
import type { DurableMcpServer } from './durableServer';

const isDurable = (server: object): server is DurableMcpServer => 'scopesOf' in server;

const scopesOf = ({ mcp }: AnyServer, tool: RegisteredTool | undefined) =>
  tool && mcp && isDurable(mcp) ? mcp.scopesOf(tool) : undefined;

/** `undefined` if the request needs none of its own. */
export const scopesFor = (server: AnyServer, message: JSONRPCRequest): readonly string[] | undefined =>
  scopesOf(server, registeredTool(server, message))?.scopes;

/** Whether `tools/list` leaves the tool out for a caller that `lacks` its scopes. */
export function isHiddenFrom(
  server: AnyServer,
  tool: string,
  lacks: (scopes: readonly string[]) => boolean,
): boolean {
  const { scopes = [], hidden = false } = scopesOf(server, toolNamed(server, tool)) ?? {};
  return hidden && lacks(scopes);
}
