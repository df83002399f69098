/**
 * The policies that calls run by, as the author's server has them. Building a server takes up to a millisecond of each
 * call, so what it says of a tool is kept for as long as the session's state, which its tools can depend on, stays what it is.
 */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { Tail } from '../log/tail';
import type { CallPolicy } from '../protocol/call';
import type { JSONRPCRequest } from '../protocol/mcp';
import { HEARTBEAT_TIMEOUT_MS } from '../protocol/recovery';
import type { SessionInfo } from '../protocol/session';
import { build } from '../server/build';
import { POLICY_OF_THE_UNKNOWN, policyOf } from '../server/toolCall';
import { saysNotFound } from '../server/unknownTool';
import type { NodeContext } from './context';
import { runHere } from './runHere';

type Policy = CallPolicy | 'none';

/** By the session as it is in one state, then by what is called. A session that nobody uses any more is forgotten with its tail. */
const known = new WeakMap<SessionInfo, Map<string, Policy>>();

/** The author's server has no such tool, and says so itself. */
export interface Lacking {
  readonly lacking: McpServer;
}

export async function policyFor(
  node: NodeContext,
  tail: Tail,
  message: JSONRPCRequest,
): Promise<Policy | Lacking> {
  let found = await read(node, tail.session, message);
  if (isOfUnknown(found)) {
    // It may be a tool that the session was given a moment ago, as the log's end tells.
    await tail.catchUp();
    found = await read(node, tail.session, message);
  }
  if (found === 'none') return found;
  // A request that was asked before has its answer in the log, whatever has become of its tool.
  if ('lacking' in found && !tail.knows(message.id)) return found;
  const policy = 'lacking' in found ? POLICY_OF_THE_UNKNOWN : found;
  return { ...policy, heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS[node.recovery] };
}

const isOfUnknown = (found: Policy | Lacking): boolean =>
  found !== 'none' && ('lacking' in found || found.isOfUnknown === true);

/** What a server does not have is not kept, since it may have it next time. */
async function read(
  node: NodeContext,
  session: SessionInfo,
  message: JSONRPCRequest,
): Promise<Policy | Lacking> {
  const policies = known.get(session) ?? new Map<string, Policy>();
  const { method, params } = message;
  const key = method === 'tools/call' ? `tool ${String(params?.name)}` : method; // prompts and resources have one policy
  const kept = policies.get(key);
  if (kept) return kept;
  const server = await runHere(session, message, () => build(node.app, session));
  const policy = policyOf(server, message, node.defaultDelivery);
  if (policy) known.set(session, policies.set(key, policy));
  return policy ?? (saysNotFound(server, message) ? { lacking: server } : POLICY_OF_THE_UNKNOWN);
}
