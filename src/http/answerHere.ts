/** Requests with nothing to lose: the node answers them from the author's code, and Temporal hears only what must last. */
import type { Response } from 'express';
import type { Tail } from '../log/tail';
import { RpcCode, errorResponse } from '../protocol/errors';
import type { JSONRPCRequest, LoggingLevel } from '../protocol/mcp';
import { workflowIdOf } from '../protocol/session';
import { LOG_LEVEL_SIGNAL, type LogLevelSignal } from '../protocol/signals';
import { handOver } from '../server/handOver';
import { goneSignal, type NodeContext } from './context';
import { isSubscription, keepSubscription } from './subscriptions';
import { toTemporal } from './toTemporal';

const ANSWERED_HERE = new Set([
  'ping',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'completion/complete',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
]);

export const isAnsweredHere = ({ method }: JSONRPCRequest): boolean => ANSWERED_HERE.has(method);

export async function answerHere(
  node: NodeContext,
  res: Response,
  tail: Tail,
  message: JSONRPCRequest,
): Promise<void> {
  const gone = goneSignal(res);
  const left = new Promise<undefined>((resolve) => {
    gone.addEventListener('abort', () => {
      resolve(undefined);
    });
  });
  const answer = await Promise.race([askApp(node, tail, message, gone), left]);
  if (!answer) return;
  if (message.method === 'logging/setLevel' && 'result' in answer) {
    const { level } = message.params as { level: LoggingLevel };
    const handle = node.client.workflow.getHandle(workflowIdOf(tail.sessionId));
    await toTemporal(node, () => handle.signal<[LogLevelSignal]>(LOG_LEVEL_SIGNAL, { level }));
  }
  const kept = isSubscription(message) ? await keepSubscription(node, tail, message, answer, gone) : answer;
  if (kept) res.json(kept);
}

async function askApp(node: NodeContext, tail: Tail, message: JSONRPCRequest, signal: AbortSignal) {
  try {
    const { logLevel } = tail;
    return (await handOver(node.app, tail.input.session, message, { logLevel, signal })).response;
  } catch (error) {
    node.log.error({ session: tail.sessionId, request: message.id, err: error }, 'the app failed');
    const text = `The server could not answer ${message.method}: ${error instanceof Error ? error.message : String(error)}`;
    return errorResponse(message.id, RpcCode.internalError, text);
  }
}
