/** One reader's queue of a stream's events. Whoever fills it never waits; whoever reads must keep up or leave. */
import type { StreamId } from '../protocol/eventId';
import type { LogEvent } from './decode';
import { concerns } from './stream';

export class Subscription implements AsyncIterable<LogEvent> {
  private readonly queue: LogEvent[] = [];
  private wake: (() => void) | undefined;
  private closed = false;
  onClose: (() => void) | undefined;

  constructor(private readonly stream: StreamId) {}

  push(event: LogEvent): void {
    if (this.closed || !concerns(event, this.stream)) return;
    this.queue.push(event);
    this.wake?.();
  }

  /** Ends the iteration after what is queued, at once for a reader that is waiting. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.onClose?.();
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogEvent, void, void> {
    for (;;) {
      const event = this.queue.shift();
      if (event) yield event;
      else if (this.closed) return;
      else {
        await new Promise<void>((resolve) => (this.wake = resolve));
        this.wake = undefined;
      }
    }
  }
}
