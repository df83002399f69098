/** Server-sent events of a response, with a limit of silence. (HTML Living Standard, "Server-sent events") */
import { createParser, type EventSourceMessage } from 'eventsource-parser';

export interface EventSink {
  event(event: EventSourceMessage): void;
  /** The server's pause before the client comes back, in milliseconds. */
  retry(ms: number): void;
  /** Whether the stream's rest can be had by another connection, without which its silence must be borne. */
  canResume(): boolean;
}

/**
 * Reads to the end. Rejects when the connection breaks, or when a stream that can be resumed says nothing for
 * `silenceMs`.
 */
export async function readEvents(response: Response, silenceMs: number, sink: EventSink): Promise<void> {
  const parser = createParser({
    onEvent: (event) => {
      sink.event(event);
    },
    onRetry: (ms) => {
      sink.retry(ms);
    },
  });
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  const watch = new Silence(silenceMs, () => {
    if (sink.canResume()) void reader.cancel(new Error('silence')).catch(() => undefined);
    return sink.canResume();
  });
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (watch.isOver) throw new Error(`The stream said nothing for ${silenceMs / 1_000} s`);
      if (done) break;
      watch.heard();
      parser.feed(decoder.decode(value as Uint8Array, { stream: true }));
    }
  } finally {
    watch.stop();
    await reader.cancel().catch(() => undefined);
  }
}

/** A timer that costs nothing for each chunk: it looks at when the last one came. */
class Silence {
  isOver = false;
  private last = performance.now();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limitMs: number,
    /** Returns whether the stream was cut. */
    private readonly cut: () => boolean,
  ) {
    this.arm(limitMs);
  }

  heard(): void {
    this.last = performance.now();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private arm(ms: number): void {
    this.timer = setTimeout(() => {
      const leftMs = this.last + this.limitMs - performance.now();
      if (leftMs > 0) {
        this.arm(leftMs);
        return;
      }
      this.isOver = true;
      if (this.cut()) return;
      this.isOver = false;
      this.arm(this.limitMs);
    }, ms);
  }
}
