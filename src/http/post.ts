/** POST: one message of the client. */
import type { Request, Response } from 'express';
import { isJSONRPCRequest, type JSONRPCRequest } from '../mcp/protocol';
import { callerOf } from './authorize';
import type { NodeContext } from './context';
import { assertLimits, assertProtocolVersion, messageOf, sessionIdOf } from './guards';
import { connectionOf } from './httpConnection';
import { noteId } from './requestIds';

export async function post(node: NodeContext, req: Request, res: Response): Promise<void> {
  const message = messageOf(req.body);
  if (isJSONRPCRequest(message)) noteId(res, message);
  assertLimits(message);
  if (isJSONRPCRequest(message) && message.method === 'initialize') return open(node, req, res, message);
  assertProtocolVersion(req); // `initialize` names its version in the message itself
  const incoming = { message, lastEventId: req.get('last-event-id') };
  const connection = connectionOf(node, req, res, node.jsonResponses ? 'json' : 'events');
  await node.service.accept(callerOf(req, node.authentication), sessionIdOf(req), incoming, connection);
}

async function open(node: NodeContext, req: Request, res: Response, message: JSONRPCRequest): Promise<void> {
  const { sessionId, response } = await node.service.open(
    callerOf(req, node.authentication),
    message,
    req.get('mcp-session-id'),
  );
  if (sessionId !== undefined) res.setHeader('Mcp-Session-Id', sessionId);
  res.json(response);
}
