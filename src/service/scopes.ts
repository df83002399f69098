/** Checks the scopes that a tool requires, and refuses a caller without them. */
import { Refusal } from '../mcp/refusal';
import type { AnyServer } from '../mcp/sdk/anyServer';
import { isHiddenFrom } from '../api/toolScopes';
import { RpcCode } from '../wire/rpcErrors';
import type { JSONRPCResponse } from '../wire/messages';
import type { Caller, Lack } from './context';

/**
 * The answer to a request whose caller lacks scopes. The transport adds the challenge (RFC 6750, section 3.1). Nothing
 * was written to the session, so the client can repeat the request, under the same id, with a broader token.
 */
export class InsufficientScope extends Refusal {
  /** The first half of the message, for `WWW-Authenticate`, which has the scopes to request in a parameter. */
  readonly reason: string;

  constructor(
    readonly lack: Lack,
    what: string,
  ) {
    super(
      403,
      RpcCode.badTransport,
      `${needs(what, lack)}; get a token with the scopes ${lack.needed.join(' ')}.`,
    );
    this.reason = needs(what, lack);
  }
}

const needs = (what: string, { missing }: Lack): string => `${what} needs the scope ${missing.join(' and ')}`;

/** @throws InsufficientScope */
export function assertScopes(caller: Caller, scopes: readonly string[] | undefined, what: string): void {
  const lack = scopes && caller.lacks(scopes);
  if (lack) throw new InsufficientScope(lack, what);
}

/** Removes from a `tools/list` answer the `hiddenWithoutScopes` tools whose scopes the caller lacks. */
export function withoutHidden(caller: Caller, server: AnyServer, response: JSONRPCResponse): JSONRPCResponse {
  if (!('result' in response) || !Array.isArray(response.result.tools)) return response;
  const lacks = (scopes: readonly string[]) => caller.lacks(scopes) !== undefined;
  const tools = (response.result.tools as { name: string }[]).filter(
    ({ name }) => !isHiddenFrom(server, name, lacks),
  );
  return { ...response, result: { ...response.result, tools } };
}
