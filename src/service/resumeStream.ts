/** Resumes a stream after an event id, whichever node it began on. */
import { resume } from '../log/resume';
import type { Tail } from '../log/tail';
import { Refusal } from '../mcp/refusal';
import { callOfStream, isOfSession, parseEventId, type StreamId } from '../wire/eventId';
import { RpcCode } from '../wire/rpcErrors';
import { AWAIT_SIGNAL, type AwaitSignal } from '../wire/signals';
import type { ClientConnection } from './clientConnection';
import type { ServiceContext } from './context';
import { listen } from './listen';
import { pauseUntilTakenOver } from './pauseUntilTakenOver';
import type { Idles } from './sessions';
import { signal } from './toTemporal';

export async function resumeStream(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
  idles: Idles,
  lastEventId: string,
): Promise<void> {
  const from = parseEventId(lastEventId);
  if (!from)
    throw new Refusal(400, RpcCode.badTransport, 'The Last-Event-ID is not an event id of this server.');
  const { stream, position } = from;
  if (isOfSession(stream)) return listen(context, connection, tail, idles, { ...position, stream });
  const sessionId = tail.session.id;
  const { protocolVersion } = tail.session;
  const past = resume(context.client, tail, { ...position, stream }, connection);
  const answer = { sessionId, stream, position, protocolVersion };
  const events = pauseUntilTakenOver(past, () => waitFor(context, tail, stream, idles), answer);
  await connection.stream(events, answer);
}

/**
 * If the node already follows many logs, lets the session wake it for this stream. If that fails, the node
 * follows the log.
 */
async function waitFor(
  context: ServiceContext,
  tail: Tail,
  stream: StreamId,
  idles: Idles,
): Promise<(() => void) | undefined> {
  const call = callOfStream(stream);
  if (call === undefined || !context.sessions.isCrowded) return undefined;
  try {
    await signal<AwaitSignal>(context, tail, AWAIT_SIGNAL, { call, wakeAt: context.wakeUps.taskQueue });
    await tail.catchUp(); // reads what came before the session took the signal
    return idles();
  } catch (error) {
    if (!tail.ended)
      context.log.warn({ session: tail.session.id, err: error }, 'a stream could not be left to wake-ups');
    return undefined;
  }
}
