/**
 * The policies that calls run by, as the author's server has them. Building a server takes up to a millisecond of each
 * call, so what it says of a tool is kept for as long as the session's state, which its tools can depend on, stays what it is.
 */
import type { Tail } from '../log/tail';
import type { CallPolicy } from '../protocol/call';
import type { JSONRPCRequest } from '../protocol/mcp';
import { HEARTBEAT_TIMEOUT_MS } from '../protocol/recovery';
import type { SessionInfo } from '../protocol/session';
import { POLICY_OF_THE_UNKNOWN, policyOf } from '../server/toolCall';
import type { NodeContext } from './context';
import { runHere } from './runHere';

type Policy = CallPolicy | 'none';

/** By the session as it is in one state, then by what is called. A session that nobody uses any more is forgotten with its tail. */
const known = new WeakMap<SessionInfo, Map<string, Policy>>();

export async function policyFor(node: NodeContext, tail: Tail, message: JSONRPCRequest): Promise<Policy> {
  let policy = await read(node, tail.session, message);
  if (!policy) {
    // It may be a tool that the session was given a moment ago, as the log's end tells.
    await tail.catchUp();
    policy = await read(node, tail.session, message);
  }
  if (policy === 'none') return policy;
  return { ...(policy ?? POLICY_OF_THE_UNKNOWN), heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS[node.recovery] };
}

/** `undefined` if the server has no such tool; that is not kept, since it may have it next time. */
async function read(
  node: NodeContext,
  session: SessionInfo,
  message: JSONRPCRequest,
): Promise<Policy | undefined> {
  const policies = known.get(session) ?? new Map<string, Policy>();
  const { method, params } = message;
  const key = method === 'tools/call' ? `tool ${String(params?.name)}` : method; // prompts and resources have one policy
  const build = async () => node.app(session);
  const policy =
    policies.get(key) ?? policyOf(await runHere(session, message, build), message, node.defaultDelivery);
  if (policy) known.set(session, policies.set(key, policy));
  return policy;
}
