/**
 * A stream of the session's own messages. A client may open several, on any nodes; the log decides which one
 * gets each message (model/listeners.ts). A node that opens a stream therefore writes a `listen` signal and
 * sends headers only after reading that signal in the log.
 */
import { randomUUID } from 'node:crypto';
import { findOwn, remaining } from '../log/live';
import { assertPlace, resume, type From } from '../log/resume';
import type { Tail } from '../log/tail';
import { streamOfListener } from '../wire/eventId';
import { LEAVE_SIGNAL, LISTEN_SIGNAL, type ListenSignal } from '../wire/signals';
import type { ClientConnection } from './clientConnection';
import type { ServiceContext } from './context';
import { pauseUntilTakenOver } from './pauseUntilTakenOver';
import type { Idles } from './sessions';
import { signal } from './toTemporal';

/** Opens a new stream, or resumes the stream of `from`. */
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
    const own = await findOwn(tail, live, 'listening', getId);
    if (!own) return; // the client has left
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
    const pausable = wakeAt === undefined ? events : pauseUntilTakenOver(events, idles, answer);
    await connection.stream(pausable, answer);
  } finally {
    live.close();
    if (connection.hasLeft && !tail.ended) await leave(context, tail, { stream, getId });
  }
}

/**
 * Tells the session that the client closed its stream. When the node closes the connection instead, the
 * stream stays open for the client to resume.
 */
async function leave(context: ServiceContext, tail: Tail, listener: ListenSignal): Promise<void> {
  await signal(context, tail, LEAVE_SIGNAL, listener).catch((error: unknown) => {
    context.log.warn(
      { session: tail.session.id, err: error },
      'the session was not told that a listener left',
    );
  });
}
