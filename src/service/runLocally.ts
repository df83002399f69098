/**
 * Runs the author's code in the node, outside of a call: to list what a session has, to read a tool's policy,
 * to open a session.
 */
import { randomUUID } from 'node:crypto';
import type { JSONRPCRequest } from '../mcp/protocol';
import type { CallAuth } from '../wire/principal';
import type { SessionInfo } from '../wire/sessionInfo';
import { runInFlight } from '../api/inFlight';
import { nonDurableContext } from '../api/nonDurableContext';

/** @throws what the author's code throws, also from a timer or an event */
export function runLocally<T>(
  session: SessionInfo,
  { id: request, method }: JSONRPCRequest,
  auth: CallAuth | undefined,
  run: () => Promise<T>,
): Promise<T> {
  const call = { session, request, attempt: 1, auth, logLevel: undefined, operationId: () => randomUUID() };
  return runInFlight(nonDurableContext({ ...call, because: method }), run);
}
