/** The author's code that a node runs by itself, where it is not a call: to list what a session has, to read a tool's policy, to open a session. */
import { randomUUID } from 'node:crypto';
import type { JSONRPCRequest } from '../protocol/mcp';
import type { SessionInfo } from '../protocol/session';
import { runInFlight } from '../server/inFlight';
import { withoutSteps } from '../server/withoutSteps';

/** @throws what the code throws, also from a timer or an event */
export function runHere<T>(
  session: SessionInfo,
  { id: request, method }: JSONRPCRequest,
  run: () => Promise<T>,
): Promise<T> {
  const call = { session, request, attempt: 1, logLevel: undefined, operationId: () => randomUUID() };
  return runInFlight(withoutSteps({ ...call, because: method }), run);
}
