/** GET: the session's own stream, or, with `Last-Event-ID`, the rest of any stream, whichever node it began on. */
import type { Request, Response } from 'express';
import { resume, concerns } from '../log/resume';
import type { LogEvent } from '../log/decode';
import type { Tail } from '../log/tail';
import { HttpError, RpcCode } from '../protocol/errors';
import { SESSION_STREAM, parseEventId } from '../protocol/eventId';
import { goneSignal, principalOf, type NodeContext } from './context';
import { sessionIdOf } from './guards';

export async function get(node: NodeContext, req: Request, res: Response): Promise<void> {
  await node.sessions.with(sessionIdOf(req), principalOf(req), async (tail) => {
    const { protocolVersion } = tail.session;
    const gone = goneSignal(res);
    const lastEventId = req.get('last-event-id');
    if (lastEventId === undefined) {
      const answer = { stream: SESSION_STREAM, position: tail.position, protocolVersion };
      return node.connections.sendEvents(res, sessionStream(tail, gone), answer);
    }
    const from = parseEventId(lastEventId);
    if (!from)
      throw new HttpError(400, RpcCode.badTransport, 'The Last-Event-ID is not an event id of this server.');
    const { stream, position } = from;
    await node.connections.sendEvents(res, resume(node.client, tail, { ...position, stream }, gone), {
      stream,
      position,
      protocolVersion,
    });
  });
}

/** Of each session, the open connections of its own stream on this node. A message goes to one of them: the newest. */
const listeners = new WeakMap<Tail, symbol[]>();

async function* sessionStream(tail: Tail, gone: AbortSignal): AsyncGenerator<LogEvent | 'live'> {
  const live = tail.subscribe(gone);
  const self = Symbol();
  listeners.set(tail, [...(listeners.get(tail) ?? []), self]);
  try {
    yield 'live';
    for await (const event of live) {
      if (!concerns(event, SESSION_STREAM)) continue;
      if (event.kind !== 'message' || listeners.get(tail)?.at(-1) === self) yield event;
    }
  } finally {
    live.close();
    listeners.set(tail, listeners.get(tail)?.filter((listener) => listener !== self) ?? []);
  }
}
