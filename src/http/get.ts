/** GET: a stream of the session's own messages, or, with `Last-Event-ID`, the rest of any stream, whichever node it began on. */
import type { Request, Response } from 'express';
import { resume } from '../log/resume';
import { HttpError, RpcCode } from '../protocol/errors';
import { isOfSession, parseEventId } from '../protocol/eventId';
import { readerOf, principalOf, type NodeContext } from './context';
import { sessionIdOf } from './guards';
import { listen } from './listen';

export async function get(node: NodeContext, req: Request, res: Response): Promise<void> {
  await node.sessions.with(sessionIdOf(req), principalOf(req), async (tail, idles) => {
    const lastEventId = req.get('last-event-id');
    if (lastEventId === undefined) return listen(node, res, tail, idles);
    const from = parseEventId(lastEventId);
    if (!from)
      throw new HttpError(400, RpcCode.badTransport, 'The Last-Event-ID is not an event id of this server.');
    const { stream, position } = from;
    if (isOfSession(stream)) return listen(node, res, tail, idles, { ...position, stream });
    const { protocolVersion } = tail.session;
    const events = resume(node.client, tail, { ...position, stream }, readerOf(res));
    await node.connections.sendEvents(res, events, { stream, position, protocolVersion });
  });
}
