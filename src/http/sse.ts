/** One server-sent event stream's connection (HTML standard, "Server-sent events"; specification 2025-11-25, transports). */
import type { Response } from 'express';
import { formatEventId, type Position, type StreamId } from '../protocol/eventId';
import { PRIMING_EVENT_SINCE, type JSONRPCMessage, type JSONRPCResponse } from '../protocol/mcp';

/** How long a client waits before it reconnects: short, since another node can serve it at once. */
const RETRY_MS = 500;
/** Below the 60 s after which common proxies cut a silent connection. */
const KEEP_ALIVE_MS = 15_000;

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
};

/** A response that is not in the log, mostly its stream's only message. It has no id: who loses it asks again. */
export function sendResponse(
  { jsonResponses }: { readonly jsonResponses: boolean },
  res: Response,
  response: JSONRPCResponse,
): void {
  if (jsonResponses) return void res.json(response);
  if (!res.headersSent) res.writeHead(200, HEADERS);
  res.end(`data: ${JSON.stringify(response)}\n\n`);
}

/**
 * One message of a stream that is not in the log. Resolves when the reader has room for more, or has gone. What a handler says after its
 * answer is said to nobody: a write after the end, which Node reports by an error that nobody listens for, would end the node.
 */
export async function sendPassing(res: Response, message: JSONRPCMessage): Promise<void> {
  if (res.writableEnded || res.destroyed) return;
  if (!res.headersSent) res.writeHead(200, HEADERS);
  if (!res.write(`data: ${JSON.stringify(message)}\n\n`)) await drained(res);
}

/** A reader that takes nothing for so long is cut off; one that reads slowly is not, since Node counts each part of a write. */
const STALLED_MS = 30_000;

/** Resolves when the reader has room for more, or has gone. (`boundedResumes.test.ts`, `slowConnections.test.ts`) */
const drained = (res: Response): Promise<void> =>
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

export class SseConnection {
  /** The client has an id to come back with. */
  isResumable = false;
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
    this.res.writeHead(200, HEADERS);
    const priming =
      protocolVersion >= PRIMING_EVENT_SINCE ? `id: ${formatEventId(position, this.stream)}\n` : '';
    this.isResumable = priming !== '';
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

  /** Resolves when the reader has room for more, or has gone: what it has not read is not piled up for it. */
  async send(position: Position, message: JSONRPCMessage): Promise<void> {
    this.isResumable = true;
    const room = this.write(
      `id: ${formatEventId(position, this.stream)}\ndata: ${JSON.stringify(message)}\n\n`,
    );
    if (!room) await drained(this.res);
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

  private write(text: string): boolean {
    return this.res.writableEnded || this.res.destroyed || this.res.write(text);
  }
}
