/** Which events of the log make one stream. */
import { SESSION_STREAM, isOfSession, type StreamId } from '../wire/eventId';
import type { StreamEvent } from './streamEvent';

/** Whether a stream's reader must hear of it. What was said before anybody listened belongs to the first listener. */
export const concerns = (event: StreamEvent, stream: StreamId): boolean =>
  event.kind === 'ended' ||
  ('stream' in event &&
    (event.stream === stream || (event.stream === SESSION_STREAM && isOfSession(stream))));

/** Whether nothing more can come on the stream. */
export const isLast = (event: StreamEvent): boolean =>
  event.kind === 'ended' || event.kind === 'cancelled' || (event.kind === 'message' && event.final);

/** The POST or GET that an event speaks of: it joins its stream. */
export function joinedBy(event: StreamEvent): string | undefined {
  if (event.kind === 'request') return event.postId;
  return event.kind === 'listening' ? event.getId : undefined;
}

/** Whether an event is about the connections that a stream had when it was written, not about the stream. */
export const isOfConnection = (event: StreamEvent): boolean =>
  event.kind === 'disconnect' || joinedBy(event) !== undefined;
