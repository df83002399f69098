/** The answer to one POST or GET that is a stream of the log. */
import type { StreamEvent } from '../log/streamEvent';
import { joinedBy } from '../log/stream';
import type { Position, StreamId } from '../wire/eventId';

export interface StreamAnswer {
  readonly sessionId: string;
  readonly stream: StreamId;
  /** Where the stream begins for a client that has read nothing of this answer. */
  readonly position: Position;
  readonly protocolVersion: string;
  /**
   * The POST or GET that is being answered, by its id in the log. A later POST or GET of the same stream
   * takes its place.
   */
  readonly own?: string;
}

/** A reader's output: the stream's events, with `live` after the last past event. */
export type StreamEvents = AsyncIterable<StreamEvent | 'live'>;

/**
 * Whether the event is another connection joining the same stream. From then on the newest connection alone
 * gets the messages, since no message may go out on several (specification 2025-11-25, transports, "Multiple
 * Connections"). Every POST still gets an answer: an older one waits for its response.
 * (`hostileMessages.test.ts`)
 */
export function isTakeover(event: StreamEvent | 'live', { own }: StreamAnswer): boolean {
  if (event === 'live' || (event.kind === 'request' && event.verdict.kind !== 'repeat')) return false;
  const joined = joinedBy(event);
  return joined !== undefined && joined !== own;
}
