/**
 * One reader's queue of a stream's events. The writer never waits; a reader that falls too far behind is cut
 * off.
 */
import type { StreamId } from '../wire/eventId';
import type { StreamEvent } from './streamEvent';
import { concerns } from './stream';

/**
 * Bytes that may wait in a node's memory for one reader, beside the message that its socket is taking (2 MB
 * at most). Beyond that the connection is cut; the client resumes, and then gets the log's events at its own
 * pace. (`slowConnections.test.ts`)
 */
const MAXIMUM_WAITING_BYTES = 4_000_000;

export interface Reader {
  /** Aborts when nobody reads any more. */
  readonly gone: AbortSignal;
  /** Ends the connection at once and drops everything unsent. */
  cut(): void;
}

export class Subscription implements AsyncIterable<StreamEvent> {
  private readonly queue: { event: StreamEvent; bytes: number }[] = [];
  private bytes = 0;
  private wake: (() => void) | undefined;
  private closed = false;
  onClose: (() => void) | undefined;

  constructor(
    private readonly stream: StreamId,
    private readonly reader: Reader,
  ) {}

  push(event: StreamEvent): void {
    if (this.closed || !concerns(event, this.stream)) return;
    // Not measured while the reader keeps up, since it takes the queue's first event at once.
    const bytes = this.queue.length > 0 ? sizeOf(event) : 0;
    this.queue.push({ event, bytes });
    this.bytes += bytes;
    if (this.bytes > MAXIMUM_WAITING_BYTES) return this.overflow();
    this.wake?.();
  }

  /** Ends the iteration after the queued events; at once if the reader is waiting. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.onClose?.();
    this.wake?.();
  }

  private overflow(): void {
    this.queue.splice(0);
    this.close();
    this.reader.cut();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, void> {
    for (;;) {
      const next = this.queue.shift();
      if (next) {
        this.bytes -= next.bytes;
        yield next.event;
      } else if (this.closed) return;
      else {
        await new Promise<void>((resolve) => (this.wake = resolve));
        this.wake = undefined;
      }
    }
  }
}

const sizeOf = (event: StreamEvent): number =>
  event.kind === 'message' ? JSON.stringify(event.message).length : 0;
