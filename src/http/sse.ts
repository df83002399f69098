/** One server-sent event stream's connection (HTML standard, "Server-sent events"; specification 2025-11-25, transports). */
import type { Response } from 'express';
import { formatEventId, type Position, type StreamId } from '../protocol/eventId';
import { PRIMING_EVENT_SINCE, type JSONRPCMessage } from '../protocol/mcp';

/** How long a client waits before it reconnects: short, since another node can serve it at once. */
const RETRY_MS = 500;
/** Below the 60 s after which common proxies cut a silent connection. */
const KEEP_ALIVE_MS = 15_000;
/** A reader this far behind is cut off. It loses nothing: it resumes from its last event. */
const MAXIMUM_UNSENT_BYTES = 4 * 1024 * 1024;

export class SseConnection {
  private keepAlive: NodeJS.Timeout | undefined;

  constructor(
    private readonly res: Response,
    private readonly stream: StreamId,
  ) {}

  /**
   * Sends the headers, and a priming event with an id and no data, so that the client can resume before anything was said.
   * Clients of older revisions cannot read an event without data; they get the retry time alone.
   */
  open(position: Position, protocolVersion: string): void {
    this.res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    const priming =
      protocolVersion >= PRIMING_EVENT_SINCE ? `id: ${formatEventId(position, this.stream)}\n` : '';
    this.write(`${priming}retry: ${RETRY_MS}\n${priming && 'data: \n'}\n`);
    this.keepAlive = setInterval(() => {
      this.write(': keep-alive\n\n');
    }, KEEP_ALIVE_MS);
    this.res.once('close', () => {
      clearInterval(this.keepAlive);
    });
  }

  get isOpen(): boolean {
    return this.res.headersSent;
  }

  send(position: Position, message: JSONRPCMessage): void {
    this.write(`id: ${formatEventId(position, this.stream)}\ndata: ${JSON.stringify(message)}\n\n`);
  }

  /** Ends the connection; the client is told when to come back. */
  disconnect(): void {
    this.write(`retry: ${RETRY_MS}\n\n`);
    this.end();
  }

  end(): void {
    clearInterval(this.keepAlive);
    this.res.end();
  }

  private write(text: string): void {
    if (this.res.writableEnded || this.res.destroyed) return;
    this.res.write(text);
    if (this.res.writableLength > MAXIMUM_UNSENT_BYTES) this.res.destroy();
  }
}
