/** Which events of the log belong to a stream. */
import { SESSION_STREAM, isOfSession, type StreamId } from '../wire/eventId';
import type { StreamEvent } from './streamEvent';

/**
 * Whether a stream's reader needs the event. The session's messages from before the first listener belong to
 * that listener.
 */
export const concerns = (event: StreamEvent, stream: StreamId): boolean =>
  event.kind === 'ended' ||
  ('stream' in event &&
    (event.stream === stream || (event.stream === SESSION_STREAM && isOfSession(stream))));

/** Whether the stream ends with this event. */
export const isLast = (event: StreamEvent): boolean =>
  event.kind === 'ended' || event.kind === 'cancelled' || (event.kind === 'message' && event.final);

/** The POST or GET that joins a stream with this event, by its id in the log. */
export function joinedBy(event: StreamEvent): string | undefined {
  if (event.kind === 'request') return event.postId;
  return event.kind === 'listening' ? event.getId : undefined;
}

/** Whether the event is about a stream's connections at the time it was written, not about the stream. */
export const isOfConnection = (event: StreamEvent): boolean =>
  event.kind === 'disconnect' || joinedBy(event) !== undefined;
