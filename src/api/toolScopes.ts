/** Looks up the scopes that an author requires for calls of a tool. */
import type { AnyServer } from '../mcp/sdk/anyServer';
import { registeredTool, toolNamed, type RegisteredTool } from '../mcp/sdk/registeredTools';
import type { JSONRPCRequest } from '../mcp/protocol';
import { isScope } from '../shared/scope';
import type { DurableMcpServer } from './durableServer';

const isDurable = (server: object): server is DurableMcpServer => 'scopesOf' in server;

const scopesOf = ({ mcp }: AnyServer, tool: RegisteredTool | undefined) =>
  tool && mcp && isDurable(mcp) ? mcp.scopesOf(tool) : undefined;

/** `undefined` if the request calls no tool, or a tool without scopes of its own. */
export const scopesFor = (server: AnyServer, message: JSONRPCRequest): readonly string[] | undefined =>
  scopesOf(server, registeredTool(server, message))?.scopes;

/** Whether `tools/list` omits the tool. `lacks` tells whether the caller lacks scopes. */
export function isHiddenFrom(
  server: AnyServer,
  tool: string,
  lacks: (scopes: readonly string[]) => boolean,
): boolean {
  const { scopes = [], hidden = false } = scopesOf(server, toolNamed(server, tool)) ?? {};
  return hidden && lacks(scopes);
}

/** @throws Error in one sentence, at the registration, if no token could ever have these scopes */
export function checkScopes(tool: string, scopes: unknown, hidden: boolean): void {
  const isList =
    Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string' && isScope(scope));
  if (scopes !== undefined && !isList)
    throw new Error(
      `The scopes of the tool ${tool} are no list of scopes: give texts without blanks or quotation marks.`,
    );
  if (hidden && scopes === undefined)
    throw new Error(`The tool ${tool} is hidden without its scopes, and has none: give it scopes.`);
}
