/**
 * A stream of what the session says of itself. The client may open several, on any nodes; each message goes to one of them, and
 * the log says to which (model/listeners.ts): a node that opens one says so there, and headers wait until it has read it.
 */
import { randomUUID } from 'node:crypto';
import { findOwn, remaining } from '../log/live';
import { assertPlace, resume, type From } from '../log/resume';
import type { Tail } from '../log/tail';
import { sessionNotFound } from '../mcp/refusal';
import { streamOfListener } from '../wire/eventId';
import { LEAVE_SIGNAL, LISTEN_SIGNAL, type ListenSignal } from '../wire/signals';
import type { ClientConnection } from './clientConnection';
import type { ServiceContext } from './context';
import { pauseUntilTakenOver } from './pauseUntilTakenOver';
import type { Idles } from './sessions';
import { signal } from './toTemporal';

/** A new stream, or the rest of the one that `from` is a place of. */
export async function listen(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
  idles: Idles,
  from?: From,
): Promise<void> {
  if (from) await assertPlace(context.client, tail, from);
  const getId = randomUUID();
  const stream = from?.stream ?? streamOfListener(randomUUID());
  const live = tail.subscribe(stream, connection);
  try {
    const wakeAt = context.sessions.isCrowded ? context.wakeUps.taskQueue : undefined;
    await signal<ListenSignal>(context, tail, LISTEN_SIGNAL, { stream, getId, wakeAt });
    const own = await findOwn(live, 'listening', getId);
    if (!own) {
      if (tail.ended) throw sessionNotFound();
      return; // the client has gone
    }
    const begin = from ?? (own.unheard ? { run: own.run, event: 1, part: 0, stream } : undefined);
    if (begin) live.close();
    const events = begin ? resume(context.client, tail, begin, connection, getId) : remaining(live);
    const { protocolVersion } = tail.session;
    const answer = {
      sessionId: tail.session.id,
      stream,
      position: begin ?? own,
      protocolVersion,
      own: getId,
    };
    const heard = wakeAt === undefined ? events : pauseUntilTakenOver(events, idles, answer);
    await connection.stream(heard, answer);
  } finally {
    live.close();
    if (connection.hasLeft && !tail.ended) await leave(context, tail, { stream, getId });
  }
}

/** The client closed the connection. Where the node did, the client comes back for the stream: it is still its own. */
async function leave(context: ServiceContext, tail: Tail, listener: ListenSignal): Promise<void> {
  await signal(context, tail, LEAVE_SIGNAL, listener).catch((error: unknown) => {
    context.log.warn(
      { session: tail.session.id, err: error },
      'the session was not told that a listener left',
    );
  });
}
