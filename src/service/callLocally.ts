/**
 * A call of a tool whose author asked for no durability (`durability: 'none'`): the node runs it by itself. Nothing of it stands in
 * the session's log, so whoever loses the connection asks again, and the handler runs again. (`withoutDurability.test.ts`)
 */
import { randomUUID } from 'node:crypto';
import type { Response } from 'express';
import type { Tail } from '../log/tail';
import { RpcCode, errorResponse } from '../wire/rpcErrors';
import { isTooQuiet } from '../mcp/logLevel';
import type { JSONRPCMessage, JSONRPCNotification, JSONRPCRequest } from '../mcp/protocol';
import { deliveryScopeOf } from '../mcp/deliveryScope';
import { failedAnswer } from '../mcp/failedAnswer';
import { tellOf } from '../mcp/appFault';
import { runInFlight } from '../api/inFlight';
import { nonDurableContext } from '../api/nonDurableContext';
import { aborted, goneSignal, type NodeContext } from './context';
import { askPooledServer } from './serverPool';
import { sendPassing, sendResponse, whileOpen } from '../http/passing';

export async function callLocally(
  node: NodeContext,
  res: Response,
  tail: Tail,
  message: JSONRPCRequest,
): Promise<void> {
  await tail.makeSure();
  const { session, logLevel } = tail;
  const cancelled = new AbortController();
  const listen = (notification: JSONRPCMessage) => {
    if (cancels(notification, message)) cancelled.abort();
  };
  tail.onNotified.add(listen); // whichever node the client has sent it to
  const signal = AbortSignal.any([goneSignal(res), cancelled.signal]);
  const onNotification = async (notification: JSONRPCNotification, relates: boolean) => {
    if (deliveryScopeOf(notification, relates) === 'session') return; // whose log this call must not touch
    if (node.jsonResponses || signal.aborted || isTooQuiet(notification, tail.logLevel)) return;
    await sendPassing(res, notification);
  };
  const running = nonDurableContext({
    session,
    request: message.id,
    logLevel,
    attempt: 1,
    operationId: () => randomUUID(),
    because: "durability 'none'",
  });
  const over = new AbortController();
  const ask = () =>
    askPooledServer(node.app, session, message, {
      logLevel,
      signal: AbortSignal.any([signal, over.signal]),
      onNotification,
    });
  const answer = runInFlight(running, ask, (thrown) => {
    over.abort();
    return failedAnswer(message, thrown instanceof Error ? thrown.message : String(thrown));
  });
  try {
    const response = await whileOpen(node, res, Promise.race([answer, aborted(signal)]));
    if (response) sendResponse(node, res, response);
    else res.status(202).end(); // a cancelled request gets no response
  } catch (error) {
    node.log.error({ session: session.id, request: message.id, err: error }, 'the app failed');
    const text = tellOf(`The server could not handle ${message.method}`, error);
    sendResponse(node, res, errorResponse(message.id, RpcCode.internalError, text));
  } finally {
    tail.onNotified.delete(listen);
  }
}

const cancels = (notification: JSONRPCMessage, { id }: JSONRPCRequest): boolean =>
  'method' in notification &&
  notification.method === 'notifications/cancelled' &&
  notification.params?.requestId === id;
