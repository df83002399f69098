/**
 * A call of a tool with `execution: 'node'`, which the node runs itself. The session's log has no record of
 * the call: a client that loses its connection sends the request again, and the handler runs again.
 * (`withoutDurability.test.ts`)
 */
import { randomUUID } from 'node:crypto';
import type { Tail } from '../log/tail';
import { isBelowLevel } from '../mcp/logLevel';
import type { JSONRPCMessage, JSONRPCNotification, JSONRPCRequest } from '../mcp/protocol';
import { deliveryScopeOf } from '../mcp/deliveryScope';
import { failedAnswer } from '../mcp/failedAnswer';
import { appFailedResponse } from '../mcp/appFault';
import { runInFlight } from '../api/inFlight';
import { nonDurableContext } from '../api/nonDurableContext';
import { aborted, type ClientConnection } from './clientConnection';
import type { LocalRequest } from './answerLocally';
import type { ServiceContext } from './context';
import { askPooledServer } from './serverPool';

export async function callLocally(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
  { message, caller }: LocalRequest,
): Promise<void> {
  await tail.makeSure();
  const { session, logLevel } = tail;
  const cancelled = new AbortController();
  const listen = (notification: JSONRPCMessage) => {
    if (cancels(notification, message)) cancelled.abort();
  };
  tail.onNotified.add(listen); // sees the cancellation whichever node received it
  const signal = AbortSignal.any([connection.gone, cancelled.signal]);
  const onNotification = async (notification: JSONRPCNotification, relates: boolean) => {
    if (deliveryScopeOf(notification, relates) === 'session') return; // this call must not write to the session's log
    if (signal.aborted || isBelowLevel(notification, tail.logLevel)) return;
    await connection.notify(notification);
  };
  const running = nonDurableContext({
    session,
    request: message.id,
    logLevel,
    attempt: 1,
    auth: caller.auth,
    operationId: () => randomUUID(),
    because: "execution 'node'",
  });
  const over = new AbortController();
  const ask = () =>
    askPooledServer(context.app, session, message, {
      logLevel,
      auth: caller.auth,
      signal: AbortSignal.any([signal, over.signal]),
      onNotification,
    });
  const answer = runInFlight(running, ask, (thrown) => {
    over.abort();
    return failedAnswer(message, thrown instanceof Error ? thrown.message : String(thrown));
  });
  try {
    const response = await connection.whileOpen(Promise.race([answer, aborted(signal)]));
    if (response) connection.respond(response);
    else connection.accepted(); // a cancelled request gets no response
  } catch (error) {
    context.log.error({ session: session.id, request: message.id, err: error }, 'the app failed');
    connection.respond(appFailedResponse(message, 'handle', error));
  } finally {
    tail.onNotified.delete(listen);
  }
}

const cancels = (notification: JSONRPCMessage, { id }: JSONRPCRequest): boolean =>
  'method' in notification &&
  notification.method === 'notifications/cancelled' &&
  notification.params?.requestId === id;
