/** The answer to one POST or GET that is a stream of the log. */
import type { StreamEvent } from '../log/streamEvent';
import { joinedBy } from '../log/stream';
import type { Position, StreamId } from '../wire/eventId';

export interface StreamAnswer {
  readonly sessionId: string;
  readonly stream: StreamId;
  /** Where the stream stands for a client that has read nothing of this answer. */
  readonly position: Position;
  readonly protocolVersion: string;
  /** The POST or GET that is being answered, as the log names it: a later one of the same stream takes its place. */
  readonly own?: string;
}

/** What a reader yields: the stream's events, and `live` when those of the past have been given. */
export type StreamEvents = AsyncIterable<StreamEvent | 'live'>;

/**
 * The client has asked for the same stream again, on another connection. Its newest connection is the one that it reads, and has what is said from
 * now on, since no message may go out on several (specification 2025-11-25, transports, "Multiple Connections"). But whoever asks is answered: a
 * POST that is not the newest any more waits for its response. (`hostileMessages.test.ts`)
 */
export function isTakeover(event: StreamEvent | 'live', { own }: StreamAnswer): boolean {
  if (event === 'live' || (event.kind === 'request' && event.verdict.kind !== 'repeat')) return false;
  const joined = joinedBy(event);
  return joined !== undefined && joined !== own;
}
