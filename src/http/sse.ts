/** Server-sent event streams (HTML standard, "Server-sent events"; specification 2025-11-25, transports). */
import type { Response } from 'express';
import { escaped } from '../shared/escaped';
import { formatEventId, type Position, type StreamId } from '../wire/eventId';
import type { JSONRPCMessage } from '../mcp/protocol';
import { canPoll } from '../mcp/revisions';

/**
 * How long a client waits before it reconnects, where the node closes its stream. The official clients try twice, as far apart, and keep to
 * the time for all of their later streams: both tries must not be over before a single node has been started again.
 */
const RETRY_MS = 2_000;
/** Below the 60 s after which common proxies cut a silent connection. */
export const KEEP_ALIVE_MS = 15_000;

export const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

/** Lines end there for readers that split as Unicode says, such as Python's; in JSON they stand inside of strings only. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** One message as an event. Its name is what clients take an event without one for; not all do. (`wireFormat.test.ts`) */
export function eventOf(message: JSONRPCMessage, id?: string): string {
  const data = JSON.stringify(message).replace(LINE_ENDS, escaped);
  return `event: message\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;
}

/** Begins the stream; its headers go out with the first write. From then on it is never silent for long. */
export function beginStream(res: Response, keepAliveMs = KEEP_ALIVE_MS): void {
  res.writeHead(200, HEADERS);
  const keepAlive = setInterval(() => write(res, ': keep-alive\n\n'), keepAliveMs);
  res.once('close', () => {
    clearInterval(keepAlive);
  });
}

/** Whether the reader has room for more. A write after the end, which Node reports by an error that nobody listens for, would end the node. */
export const write = (res: Response, text: string): boolean =>
  res.writableEnded || res.destroyed || res.write(text);

/** A reader that takes nothing for so long is cut off; one that reads slowly is not, since Node counts each part of a write. */
const STALLED_MS = 30_000;

/** Resolves when the reader has room for more, or has gone. (`boundedResumes.test.ts`, `slowConnections.test.ts`) */
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
  /** The client has an id to come back with. */
  isResumable = false;
  /** Its revision knows streams that a server closes before their end. */
  private polls = false;

  constructor(
    private readonly res: Response,
    private readonly stream: StreamId,
    /** Is told to the client at once, not only where the node closes the stream. */
    private readonly reconnectAfterMs: number | undefined,
  ) {}

  /**
   * Sends the headers, and a priming event with an id and no data, so that the client can resume before anything was said. Clients of older
   * revisions cannot read an event without data. No `retry` unless the operator wants one: several clients cannot read it, and the official
   * ones' own times are longer. (docs/deployment.md, "Clients that reconnect")
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

  /** Resolves when the reader has room for more, or has gone: what it has not read is not piled up for it. */
  async send(position: Position, message: JSONRPCMessage): Promise<void> {
    this.isResumable = true;
    const room = write(this.res, eventOf(message, formatEventId(position, this.stream)));
    if (!room) await drained(this.res);
  }

  /** Ends the connection, which the client is to come back from: it is told when, if its revision knows of that. */
  disconnect(afterMs = RETRY_MS): void {
    if (this.polls) write(this.res, `retry: ${this.reconnectAfterMs ?? afterMs}\n\n`);
    this.end();
  }

  end(): void {
    this.res.end();
  }
}
