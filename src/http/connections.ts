/** Turns a stream of the log into an HTTP answer: as server-sent events, or, in JSON mode, as the response alone. */
import type { Response } from 'express';
import type { StreamEvent } from '../log/streamEvent';
import { isJSONRPCRequest } from '../mcp/protocol';
import { sessionNotFound } from '../mcp/refusal';
import { isTakeover, type StreamAnswer, type StreamEvents } from '../service/stream';
import type { Unread } from '../service/unread';
import { isOfSession } from '../wire/eventId';
import { SseConnection } from './sse';

/** The connections that a node would have to close when it stops. */
export class Connections {
  /** The node is stopping: see {@link drain}. */
  draining = false;
  private comeBackAfterMs: number | undefined;
  private readonly open = new Set<SseConnection>();

  /** `reconnectAfterMs`: what each stream says at its beginning of how long a client is to wait; absent for nothing. */
  constructor(
    private readonly unread: Unread,
    private readonly reconnectAfterMs: number | undefined,
  ) {}

  /** Sends the stream until it ends. A stream that has nothing more to say from the start is answered with 204: do not reconnect. */
  async sendEvents(res: Response, events: StreamEvents, answer: StreamAnswer): Promise<void> {
    const connection = new SseConnection(res, answer.stream, this.reconnectAfterMs);
    const answered = this.unread.watch(closeOf(res), answer);
    this.open.add(connection);
    let newest = true;
    try {
      for await (const event of events) {
        if (isTakeover(event, answer)) {
          if (isOfSession(answer.stream)) break;
          newest = false;
        }
        if (!newest && isOfNewest(event)) continue;
        const says = event === 'live' || event.kind === 'message' || event.kind === 'disconnect';
        if (says && !connection.isOpen) connection.open(answer.position, answer.protocolVersion);
        if (event !== 'live' && event.kind === 'message') {
          if (event.final) answered();
          await connection.send(event, event.message);
          if (event.final) break;
        }
        if (this.draining && connection.isResumable) return void connection.disconnect(this.comeBackAfterMs);
        if (event === 'live') continue;
        if (event.kind === 'disconnect') return void connection.disconnect();
      }
      if (connection.isOpen) connection.end();
      else res.status(204).end();
    } finally {
      this.open.delete(connection);
    }
  }

  /**
   * Waits for the response. Where the server asks the client for something meanwhile, one JSON body cannot carry both, and the
   * answer becomes a stream (specification 2025-11-25, transports: the client accepts either). A request that was cancelled gets none: 202. Where the events end
   * for another reason, the node is stopping: the connection is cut, and the client asks again.
   */
  async sendJson(res: Response, events: StreamEvents, answer: StreamAnswer): Promise<void> {
    const answered = this.unread.watch(closeOf(res), answer);
    const reading = events[Symbol.asyncIterator]();
    let newest = true;
    for (let next = await reading.next(); !next.done; next = await reading.next()) {
      const event = next.value;
      if (event === 'live') continue;
      if (isTakeover(event, answer)) newest = false;
      if (newest && isRequestToClient(event)) return this.sendEvents(res, from(event, reading), answer);
      if (event.kind === 'message' && event.final) {
        answered();
        return void res.json(event.message);
      }
      if (event.kind === 'ended') throw sessionNotFound();
      if (event.kind === 'cancelled') return void res.status(202).end();
    }
    res.destroy();
  }

  /**
   * Every client is told to come back, to another node or to this one's successor: those that have a place to come back to now,
   * the others when they get one.
   */
  drain(comeBackAfterMs?: number): void {
    this.draining = true;
    this.comeBackAfterMs = comeBackAfterMs;
    this.open.forEach((connection) => {
      if (connection.isResumable) connection.disconnect(comeBackAfterMs);
    });
  }
}

const isRequestToClient = (event: StreamEvent): boolean =>
  event.kind === 'message' && isJSONRPCRequest(event.message);

async function* from(first: StreamEvent, rest: AsyncIterator<StreamEvent | 'live'>): StreamEvents {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

const isOfNewest = (event: StreamEvent | 'live'): boolean =>
  event !== 'live' && event.kind === 'message' && !event.final;

/** Tells, once the connection has closed, whether all that was written has gone out. */
const closeOf = (res: Response) => ({
  onClose(tell: (hasSentAll: boolean) => void): void {
    const closed = () => {
      tell(res.writableFinished);
    };
    if (res.closed) closed();
    else res.once('close', closed);
  },
});
