/** Hands the server an answer or a notification. Temporal sends it until the server has taken it. */
import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { discard, isTemporary } from '../http/answers';
import type { TellInput, TellOutcome } from '../workflow/protocol';
import type { Connection } from './connections';

export async function tellServer(
  { wire }: Connection,
  { session: { id: sessionId, protocolVersion }, message }: TellInput,
  { cancellationSignal: signal }: Context,
): Promise<TellOutcome> {
  const body = JSON.stringify(message);
  const response = await wire.tell({ signal, session: { sessionId, protocolVersion }, body });
  discard(response);
  const { ok, status } = response;
  if (isTemporary(status))
    throw ApplicationFailure.retryable(`The server did not take a message (${status}).`);
  return { isTaken: ok };
}
