/** Server-sent event streams (HTML standard, "Server-sent events"; specification 2025-11-25, transports). */
import type { Response } from 'express';
import { escaped } from '../shared/escaped';
import { formatEventId, type Position, type StreamId } from '../wire/eventId';
import type { JSONRPCMessage } from '../mcp/protocol';
import { canPoll } from '../mcp/revisions';

/**
 * The `retry` of a stream that the node closes: how long the client waits before it reconnects. The official
 * clients try twice at this interval and keep the interval for all later streams, so it must be long enough
 * for a single node to restart before the second try.
 */
const RETRY_MS = 2_000;
/** Below the 60 s after which common proxies cut a silent connection. */
export const KEEP_ALIVE_MS = 15_000;

export const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

/**
 * Line ends for readers that split lines by Unicode's rules, such as Python's. In JSON they occur inside of
 * strings only.
 */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/**
 * One message as an event. Clients should take an event without a name for a `message`, but not all do.
 * (`wireFormat.test.ts`)
 */
export function eventOf(message: JSONRPCMessage, id?: string): string {
  const data = JSON.stringify(message).replace(LINE_ENDS, escaped);
  return `event: message\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;
}

/**
 * Begins an event stream. Headers go out with the first write; from then on, comments keep the connection
 * from being silent.
 */
export function beginStream(res: Response, keepAliveMs = KEEP_ALIVE_MS): void {
  res.writeHead(200, HEADERS);
  const keepAlive = setInterval(() => write(res, ': keep-alive\n\n'), keepAliveMs);
  res.once('close', () => {
    clearInterval(keepAlive);
  });
}

/**
 * Writes text and returns whether the client can take more. Skips a write after the end: Node would emit an
 * error without a listener, which would end the process.
 */
export const write = (res: Response, text: string): boolean =>
  res.writableEnded || res.destroyed || res.write(text);

/**
 * A client that takes no data for this long is cut off. A slow reader is not: Node restarts the timeout with
 * each part of a write.
 */
const STALLED_MS = 30_000;

/**
 * Resolves when the client can take more or has left. (`boundedResumes.test.ts`, `slowConnections.test.ts`)
 */
export const drained = (res: Response): Promise<void> =>
  new Promise((resolve) => {
    const { socket } = res;
    const cut = () => void res.destroy();
    const go = () => {
      res.off('drain', go).off('close', go);
      socket?.off('timeout', cut);
      if (!res.writableFinished) socket?.setTimeout(0);
      resolve();
    };
    res.on('drain', go).on('close', go);
    socket?.setTimeout(STALLED_MS).on('timeout', cut);
  });

/** The connection of a stream that is in the log. */
export class SseConnection {
  /** The client has an event id to resume from. */
  isResumable = false;
  /** The client's MCP revision allows the server to close a stream before its end. */
  private polls = false;

  constructor(
    private readonly res: Response,
    private readonly stream: StreamId,
    /**
     * The `retry` that the stream begins with; without it, `retry` is sent only when the node closes the
     * stream.
     */
    private readonly reconnectAfterMs: number | undefined,
  ) {}

  /**
   * Sends the headers and a priming event (an id without data), so that the client can resume before the
   * first message. Clients of older revisions cannot read an event without data. `retry` is sent only if the
   * operator configures it: several clients cannot read it, and the official clients' own intervals are
   * longer. (docs/deployment.md, "Clients that reconnect")
   */
  open(position: Position, protocolVersion: string): void {
    this.polls = canPoll(protocolVersion);
    this.isResumable = this.polls;
    const retry = this.reconnectAfterMs === undefined ? '' : `retry: ${this.reconnectAfterMs}\n`;
    const priming = this.polls ? `id: ${formatEventId(position, this.stream)}\n${retry}data: \n` : retry;
    beginStream(this.res);
    if (priming) write(this.res, `${priming}\n`);
    else this.res.flushHeaders();
  }

  get isOpen(): boolean {
    return this.res.headersSent;
  }

  /**
   * Sends one message. Resolves when the client can take more or has left, so that unread messages do not
   * pile up.
   */
  async send(position: Position, message: JSONRPCMessage): Promise<void> {
    this.isResumable = true;
    const room = write(this.res, eventOf(message, formatEventId(position, this.stream)));
    if (!room) await drained(this.res);
  }

  /**
   * Closes the connection for the client to reconnect, after a `retry` if the client's revision knows that.
   */
  disconnect(afterMs = RETRY_MS): void {
    if (this.polls) write(this.res, `retry: ${this.reconnectAfterMs ?? afterMs}\n\n`);
    this.end();
  }

  end(): void {
    this.res.end();
  }
}
