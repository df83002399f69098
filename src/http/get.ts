/** GET: a stream of the session's own messages, or, with `Last-Event-ID`, the rest of any stream, whichever node it began on. */
import type { Request, Response } from 'express';
import { resume } from '../log/resume';
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import type { Tail } from '../log/tail';
import { callOfStream, isOfSession, parseEventId, type StreamId } from '../wire/eventId';
import { AWAIT_SIGNAL, type AwaitSignal } from '../wire/signals';
import { readerOf, principalOf, type NodeContext } from '../service/context';
import { sessionIdOf } from './guards';
import { listen } from '../service/listen';
import { pauseUntilTakenOver } from '../service/pauseUntilTakenOver';
import type { Idles } from '../service/sessions';
import { signal } from '../service/toTemporal';

export async function get(node: NodeContext, req: Request, res: Response): Promise<void> {
  await node.sessions.with(sessionIdOf(req), principalOf(req), async (tail, idles) => {
    const lastEventId = req.get('last-event-id');
    if (lastEventId === undefined) return listen(node, res, tail, idles);
    const from = parseEventId(lastEventId);
    if (!from)
      throw new Refusal(400, RpcCode.badTransport, 'The Last-Event-ID is not an event id of this server.');
    const { stream, position } = from;
    if (isOfSession(stream)) return listen(node, res, tail, idles, { ...position, stream });
    const { sessionId } = tail;
    const { protocolVersion } = tail.session;
    const past = resume(node.client, tail, { ...position, stream }, readerOf(res));
    const answer = { sessionId, stream, position, protocolVersion };
    const events = pauseUntilTakenOver(past, () => waitFor(node, tail, stream, idles), answer);
    await node.connections.sendEvents(res, events, answer);
  });
}

/** Where the node follows many logs already, it has the session wake it for this stream. If that fails, it follows the log. */
async function waitFor(
  node: NodeContext,
  tail: Tail,
  stream: StreamId,
  idles: Idles,
): Promise<(() => void) | undefined> {
  const call = callOfStream(stream);
  if (call === undefined || !node.sessions.isCrowded) return undefined;
  try {
    await signal<AwaitSignal>(node, tail, AWAIT_SIGNAL, { call, wakeAt: node.wakeUps.taskQueue });
    await tail.catchUp(); // what came before the session knew is read
    return idles();
  } catch (error) {
    if (!tail.ended)
      node.log.warn({ session: tail.sessionId, err: error }, 'a stream could not be left to wake-ups');
    return undefined;
  }
}
