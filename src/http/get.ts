/**
 * GET: a stream of the session's own messages or, with `Last-Event-ID`, the rest of any stream, whichever
 * node it began on.
 */
import type { Request, Response } from 'express';
import { callerOf } from './authorize';
import type { NodeContext } from './context';
import { sessionIdOf } from './guards';
import { connectionOf } from './httpConnection';

export async function get(node: NodeContext, req: Request, res: Response): Promise<void> {
  const connection = connectionOf(node, req, res, 'events');
  await node.service.listen(
    callerOf(req, node.authentication),
    sessionIdOf(req),
    req.get('last-event-id'),
    connection,
  );
}
