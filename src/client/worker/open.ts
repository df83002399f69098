/** Opens a session for a workflow, and ends it. To open twice does no harm: a session that nobody uses ends by itself. */
import { randomUUID } from 'node:crypto';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { InitializeResult } from '../../wire/messages';
import { discard, hasEnded } from '../http/answers';
import { refused, sendInitialize, sendInitialized } from '../http/handshake';
import { joinsOf, withExtension } from '../http/session';
import { ownVersion } from '../core/ownVersion';
import type { EndInput, OpenedSession, OpenInput } from '../workflow/protocol';
import type { Connection } from './connections';

const PROTOCOL_VERSION = '2025-11-25';
const CLIENT = { name: 'durable-mcp/client/workflow', version: ownVersion() };

export async function openSession(
  { wire, settings }: Connection,
  { capabilities }: OpenInput,
  { cancellationSignal: signal }: Context,
): Promise<OpenedSession> {
  const request = withExtension({
    jsonrpc: '2.0',
    id: randomUUID(),
    method: 'initialize',
    params: { protocolVersion: PROTOCOL_VERSION, capabilities, clientInfo: CLIENT },
  });
  const handshake = { wire, settings, signal };
  const { response, sessionId: id } = await sendInitialize(handshake, request, false);
  if ('error' in response) throw refused(response.error.message);
  const initialize = response.result as InitializeResult;
  const { protocolVersion } = initialize;
  await sendInitialized(handshake, { sessionId: id, protocolVersion });
  return { id, protocolVersion, joins: joinsOf(initialize, settings), initialize };
}

export async function endSession(
  { wire }: Connection,
  { session: { id: sessionId, protocolVersion } }: EndInput,
  { cancellationSignal: signal }: Context,
): Promise<void> {
  if (sessionId === undefined) return;
  const response = await wire.end({ signal, session: { sessionId, protocolVersion } });
  discard(response);
  if (!hasEnded(response))
    throw ApplicationFailure.retryable(`The server refused to end the session (${response.status}).`);
}
