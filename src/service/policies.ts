/**
 * The policies that calls run by, as the author's server has them. Building a server takes up to a millisecond of each
 * call, and asking it for its list more, so what it says of a tool is kept for as long as the session's state, which its tools can depend on,
 * stays what it is.
 */
import type { Tail } from '../log/tail';
import type { CallPolicy } from '../wire/call';
import type { JSONRPCRequest } from '../mcp/protocol';
import { HEARTBEAT_TIMEOUT_MS } from '../model/recovery';
import type { SessionInfo } from '../wire/sessionInfo';
import { buildServer } from '../mcp/buildServer';
import { InitializedServer } from '../mcp/initializedServer';
import { listedTools, type ListedTools } from '../mcp/listedTools';
import { POLICY_OF_THE_UNKNOWN, policyOf, policyOfUnchanged } from '../api/policyOf';
import { toolName } from '../mcp/sdk/registeredTools';
import { saysNotFound } from '../mcp/sdk/unknownTool';
import type { ServiceContext } from './context';
import { runLocally } from './runLocally';

type Policy = CallPolicy | 'none';

/** By the session as it is in one state, then by what is called. A session that nobody uses any more is forgotten with its tail. */
const known = new WeakMap<SessionInfo, Map<string, Policy>>();
const listed = new WeakMap<SessionInfo, ListedTools>();

/** The author's server has no such tool, and says so itself. It is closed by the one who asks it. */
export interface Lacking {
  readonly lacking: InitializedServer;
}

export async function policyFor(
  context: ServiceContext,
  tail: Tail,
  message: JSONRPCRequest,
): Promise<Policy | Lacking> {
  const { session } = tail;
  let found = await read(context, session, message);
  if (isOfUnknown(found)) {
    // It may be a tool that the session was given a moment ago, as the log's end tells.
    await tail.catchUp();
    if (tail.session !== session) {
      discard(found);
      found = await read(context, tail.session, message);
    }
  }
  if (found === 'none') return found;
  // A request that was asked before has its answer in the log, whatever has become of its tool.
  if ('lacking' in found && !tail.knows(message.id)) return found;
  discard(found);
  const policy = 'lacking' in found ? POLICY_OF_THE_UNKNOWN : found;
  return { ...policy, heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS[context.recovery], hashedKeys: true };
}

const isOfUnknown = (found: Policy | Lacking): boolean =>
  found !== 'none' && ('lacking' in found || found.isOfUnknown === true);

/** For a caller who does not ask the server that lacks its tool. */
export function discard(found: Policy | Lacking): void {
  if (found !== 'none' && 'lacking' in found) found.lacking.closeSoon();
}

/** What a server does not have is not kept, since it may have it next time. */
async function read(
  context: ServiceContext,
  session: SessionInfo,
  message: JSONRPCRequest,
): Promise<Policy | Lacking> {
  const policies = known.get(session) ?? new Map<string, Policy>();
  const { method } = message;
  const tool = toolName(message);
  const key = tool === undefined ? method : `tool ${tool}`; // prompts and resources have one policy
  const kept = policies.get(key);
  if (kept) return kept;
  const found = await runLocally(session, message, async () => {
    const server = await buildServer(context.app, session);
    server.close(session.id);
    return (
      policyOf(server, message, context.defaultDelivery) ?? (await readGreeted(context, session, message))
    );
  });
  if (found === 'none' || !isOfUnknown(found)) known.set(session, policies.set(key, found as Policy));
  return found;
}

/** Tools can be registered when the server knows its client, or nowhere but in its list. One that is not listed it may handle all the same. */
async function readGreeted(
  context: ServiceContext,
  session: SessionInfo,
  message: JSONRPCRequest,
): Promise<Policy | Lacking> {
  const tool = toolName(message);
  if (tool === undefined) return POLICY_OF_THE_UNKNOWN;
  const kept = listed.get(session);
  if (kept?.has(tool)) return policyOfUnchanged(kept.get(tool), context.defaultDelivery);
  const greeted = await InitializedServer.greet(context.app, session, {});
  await new Promise((resolve) => setImmediate(resolve)); // it has heard of that only now
  const registered = policyOf(greeted.server, message, context.defaultDelivery);
  if (!registered && saysNotFound(greeted.server, message)) return { lacking: greeted };
  try {
    if (registered) return registered;
    const tools = await listedTools(greeted);
    listed.set(session, tools);
    return tools.has(tool)
      ? policyOfUnchanged(tools.get(tool), context.defaultDelivery)
      : POLICY_OF_THE_UNKNOWN;
  } finally {
    greeted.closeSoon();
  }
}
