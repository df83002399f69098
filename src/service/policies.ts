/**
 * The policies of calls, as the author's server declares them. Building a server costs up to a millisecond
 * per call, and asking it for its tool list costs more. The node therefore caches a tool's policy as long as
 * the session's state, on which the tools can depend, stays the same.
 */
import type { Tail } from '../log/tail';
import type { CallPolicy } from '../wire/call';
import type { JSONRPCRequest } from '../mcp/protocol';
import { HEARTBEAT_TIMEOUT_MS } from '../model/recovery';
import type { AnyServer } from '../mcp/sdk/anyServer';
import type { SessionInfo } from '../wire/sessionInfo';
import { buildServer } from '../mcp/buildServer';
import { InitializedServer } from '../mcp/initializedServer';
import { listedTools, type ListedTools } from '../mcp/listedTools';
import { POLICY_OF_THE_UNKNOWN, policyOf, policyOfUnchanged } from '../api/policyOf';
import { toolName, toolNamed } from '../mcp/sdk/registeredTools';
import { saysNotFound } from '../mcp/sdk/unknownTool';
import type { Caller, ServiceContext } from './context';
import { assertScopes } from './scopes';
import { scopesFor } from '../api/toolScopes';
import { MOST_LOGGED_CHARS } from './openSession';
import { runLocally } from './runLocally';

type Policy = CallPolicy | 'none';

/**
 * By the session in one state, then by tool or method. An unused session's entry is garbage-collected with
 * its tail.
 */
const known = new WeakMap<SessionInfo, Map<string, Policy>>();
/** The scopes that tools need, by the session in one state, then by tool: found with the policies. */
const scopes = new WeakMap<SessionInfo, Map<string, readonly string[]>>();
const listed = new WeakMap<SessionInfo, ListedTools>();

/**
 * The author's server, which has no such tool and answers that itself. The code that asks this server closes
 * it.
 */
export interface UnknownTool {
  readonly server: InitializedServer;
}

/** @throws InsufficientScope if the caller may not call the tool; nothing of the request has been written then */
export async function policyFor(
  context: ServiceContext,
  caller: Caller,
  tail: Tail,
  message: JSONRPCRequest,
): Promise<Policy | UnknownTool> {
  let { session } = tail;
  let found = await read(context, session, message);
  if (isOfUnknown(found)) {
    // The session may have just got this tool; only the end of the log tells.
    await tail.catchUp();
    if (tail.session !== session) {
      discard(found);
      ({ session } = tail);
      found = await read(context, session, message);
    }
  }
  const tool = toolName(message) ?? '';
  // Of the session as it was read: in another state meanwhile, nothing may be noted of the tool. (`tokenExpires.test.ts`)
  assertScopes(caller, scopes.get(session)?.get(tool), `The tool ${tool.slice(0, MOST_LOGGED_CHARS)}`);
  if (found === 'none') return found;
  // A repeated request has its answer in the log, even if its tool is gone.
  if ('server' in found && !tail.knows(message.id)) return found;
  discard(found);
  const policy = 'server' in found ? POLICY_OF_THE_UNKNOWN : found;
  return {
    ...policy,
    heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS[context.recovery],
    hashedKeys: true,
    // A local activity runs again when its worker dies.
    ...(policy.delivery === 'at-least-once' && { inlineFirst: true }),
  };
}

const isOfUnknown = (found: Policy | UnknownTool): boolean =>
  found !== 'none' && ('server' in found || found.isOfUnknown === true);

/** Closes the server without asking it. */
export function discard(found: Policy | UnknownTool): void {
  if (found !== 'none' && 'server' in found) found.server.closeSoon();
}

/** Reads a policy. An unknown tool is not cached: the server may have it next time. */
async function read(
  context: ServiceContext,
  session: SessionInfo,
  message: JSONRPCRequest,
): Promise<Policy | UnknownTool> {
  const policies = known.get(session) ?? new Map<string, Policy>();
  const { method } = message;
  const tool = toolName(message);
  const key = tool === undefined ? method : `tool ${tool}`; // all prompts and all resources share one policy
  const kept = policies.get(key);
  if (kept) return kept;
  const found = await runLocally(session, message, undefined, async () => {
    const server = await buildServer(context.app, session);
    server.close(session.id);
    note(session, message, server);
    return (
      policyOf(server, message, context.defaultDelivery) ?? (await readInitialized(context, session, message))
    );
  });
  if (found === 'none' || !isOfUnknown(found)) known.set(session, policies.set(key, found as Policy));
  return found;
}

/** A registered tool says more of itself than a list does: its scopes and its delivery are read off the registration each time. */
const withoutRegistered = (tools: ListedTools, server: AnyServer): ListedTools =>
  new Map([...tools].filter(([name]) => !toolNamed(server, name)));

/** Notes the scopes that the author requires for the tool. */
function note(session: SessionInfo, message: JSONRPCRequest, server: AnyServer): void {
  const needed = scopesFor(server, message);
  if (!needed) return;
  const bySession = scopes.get(session) ?? new Map<string, readonly string[]>();
  scopes.set(session, bySession.set(toolName(message) ?? '', needed));
}

/**
 * Finds the policy of a tool that a freshly built server has not registered. Some servers register tools only
 * after `initialize`. Others register none, and handle `tools/list` and `tools/call` themselves; such a
 * handler may also accept a tool that it does not list, whose call then gets `POLICY_OF_THE_UNKNOWN`.
 */
async function readInitialized(
  context: ServiceContext,
  session: SessionInfo,
  message: JSONRPCRequest,
): Promise<Policy | UnknownTool> {
  const tool = toolName(message);
  if (tool === undefined) return POLICY_OF_THE_UNKNOWN;
  const kept = listed.get(session);
  if (kept?.has(tool)) return policyOfUnchanged(kept.get(tool), context.defaultDelivery);
  const initialized = await InitializedServer.create(context.app, session, {});
  await new Promise((resolve) => setImmediate(resolve)); // the server handles `notifications/initialized` in a later turn
  note(session, message, initialized.server);
  const registered = policyOf(initialized.server, message, context.defaultDelivery);
  if (!registered && saysNotFound(initialized.server, message)) return { server: initialized };
  try {
    if (registered) return registered;
    const tools = await listedTools(initialized);
    listed.set(session, withoutRegistered(tools, initialized.server));
    return tools.has(tool)
      ? policyOfUnchanged(tools.get(tool), context.defaultDelivery)
      : POLICY_OF_THE_UNKNOWN;
  } finally {
    initialized.closeSoon();
  }
}
