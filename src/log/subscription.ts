/** One reader's queue of log events, to be iterated once. Whoever fills it never waits; whoever reads must keep up or leave. */
import type { LogEvent } from './decode';

export class Subscription implements AsyncIterable<LogEvent> {
  private readonly queue: LogEvent[] = [];
  private wake: (() => void) | undefined;
  private closed = false;
  onClose: (() => void) | undefined;

  push(event: LogEvent): void {
    if (this.closed) return;
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
