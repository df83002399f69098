/**
 * A stream of what the session says of itself. The client may open several, on any nodes; each message goes to one of them, and
 * the log says to which (model/listeners.ts): a node that opens one says so there, and headers wait until it has read it.
 */
import { randomUUID } from 'node:crypto';
import type { Response } from 'express';
import { findOwn, remaining } from '../log/live';
import { assertPlace, resume, type From } from '../log/resume';
import type { Tail } from '../log/tail';
import { sessionNotFound } from '../mcp/refusal';
import { streamOfListener } from '../wire/eventId';
import { LEAVE_SIGNAL, LISTEN_SIGNAL, type ListenSignal } from '../wire/signals';
import { readerOf, type NodeContext } from './context';
import { pauseUntilTakenOver } from './pauseUntilTakenOver';
import type { Idles } from './sessions';
import { signal } from './toTemporal';

/** A new stream, or the rest of the one that `from` is a place of. */
export async function listen(
  node: NodeContext,
  res: Response,
  tail: Tail,
  idles: Idles,
  from?: From,
): Promise<void> {
  if (from) await assertPlace(node.client, tail, from);
  const reader = readerOf(res);
  let left = reader.gone.aborted;
  res.once('close', () => (left = !res.writableEnded));
  const getId = randomUUID();
  const stream = from?.stream ?? streamOfListener(randomUUID());
  const live = tail.subscribe(stream, reader);
  try {
    const wakeAt = node.sessions.isCrowded ? node.wakeUps.taskQueue : undefined;
    await signal<ListenSignal>(node, tail, LISTEN_SIGNAL, { stream, getId, wakeAt });
    const own = await findOwn(live, 'listening', getId);
    if (!own) {
      if (tail.ended) throw sessionNotFound();
      return; // the client has gone
    }
    const begin = from ?? (own.unheard ? { run: own.run, event: 1, part: 0, stream } : undefined);
    if (begin) live.close();
    const events = begin ? resume(node.client, tail, begin, reader, getId) : remaining(live);
    const { protocolVersion } = tail.session;
    const answer = { sessionId: tail.sessionId, stream, position: begin ?? own, protocolVersion, own: getId };
    const heard = wakeAt === undefined ? events : pauseUntilTakenOver(events, idles, answer);
    await node.connections.sendEvents(res, heard, answer);
  } finally {
    live.close();
    if (left && !tail.ended) await leave(node, tail, { stream, getId });
  }
}

/** The client closed the connection. Where the node did, the client comes back for the stream: it is still its own. */
async function leave(node: NodeContext, tail: Tail, listener: ListenSignal): Promise<void> {
  await signal(node, tail, LEAVE_SIGNAL, listener).catch((error: unknown) => {
    node.log.warn({ session: tail.sessionId, err: error }, 'the session was not told that a listener left');
  });
}
