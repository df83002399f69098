/** DELETE: the client ends its session. */
import type { Request, Response } from 'express';
import { callerOf } from './authorize';
import type { NodeContext } from './context';
import { sessionIdOf } from './guards';
import { connectionOf } from './httpConnection';

export async function del(node: NodeContext, req: Request, res: Response): Promise<void> {
  await node.service.end(
    callerOf(req, node.authentication),
    sessionIdOf(req),
    connectionOf(node, req, res, 'events'),
  );
  res.status(204).end();
}
