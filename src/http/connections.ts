/** Turns a stream of the log into an HTTP answer: server-sent events or, in JSON mode, the response alone. */
import type { Response } from 'express';
import type { Authenticated } from '../auth/authenticated';
import { onEndOf } from '../auth/lifetime';
import type { StreamEvent } from '../log/streamEvent';
import { isJSONRPCRequest } from '../mcp/protocol';
import { sessionNotFound } from '../mcp/refusal';
import { isTakeover, type StreamAnswer, type StreamEvents } from '../service/stream';
import type { Unread } from '../service/unread';
import { isOfSession } from '../wire/eventId';
import { SseConnection } from './sse';

/** The open event streams of a node, which it must close when it stops. */
export class Connections {
  /** The node is stopping, see {@link drain}. */
  draining = false;
  private comeBackAfterMs: number | undefined;
  private readonly open = new Set<SseConnection>();

  /** `reconnectAfterMs` is the `retry` that each stream begins with; absent for no `retry`. */
  constructor(
    private readonly unread: Unread,
    private readonly reconnectAfterMs: number | undefined,
  ) {}

  /**
   * Sends the stream until it ends. A stream that has nothing more to send from the start is answered with
   * 204, which tells the client not to reconnect. When the credential ends, the client is told to come back with a
   * new one, at once or, where it could not resume yet, after its stream's next message. (`tokenExpires.test.ts`)
   */
  async sendEvents(
    res: Response,
    events: StreamEvents,
    answer: StreamAnswer,
    credential?: Authenticated,
  ): Promise<void> {
    const connection = new SseConnection(res, answer.stream, this.reconnectAfterMs);
    const answered = this.unread.watch(closeOf(res), answer);
    this.open.add(connection);
    let newest = true;
    let isOver = false;
    const stopWatch =
      credential &&
      onEndOf(credential, (why) => {
        isOver = true;
        if (connection.isResumable) connection.disconnect();
        else if (why === 'revoked' || isOfSession(answer.stream)) res.destroy();
      });
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
        if (isOver && connection.isResumable) return void connection.disconnect();
        if (event === 'live') continue;
        if (event.kind === 'disconnect') return void connection.disconnect();
      }
      if (connection.isOpen) connection.end();
      else res.status(204).end();
    } finally {
      stopWatch?.();
      this.open.delete(connection);
    }
  }

  /**
   * Waits for the response and sends it as JSON. If the server asks the client for something meanwhile, the
   * answer becomes an event stream, since one JSON body cannot carry both (specification 2025-11-25,
   * transports: the client accepts either). A cancelled request is answered with 202 and no response. If the
   * events end for another reason, the node is stopping: the connection is cut, and the client repeats the
   * request. The same happens when the credential ends.
   */
  async sendJson(
    res: Response,
    events: StreamEvents,
    answer: StreamAnswer,
    credential?: Authenticated,
  ): Promise<void> {
    const stopWatch = credential && onEndOf(credential, () => void res.destroy());
    try {
      const later = await this.answerAsJson(res, events, answer);
      if (!later) return;
      stopWatch?.();
      await this.sendEvents(res, later, answer, credential);
    } finally {
      stopWatch?.();
    }
  }

  /** Resolves with the remaining events if they need a stream. */
  private async answerAsJson(
    res: Response,
    events: StreamEvents,
    answer: StreamAnswer,
  ): Promise<StreamEvents | undefined> {
    const answered = this.unread.watch(closeOf(res), answer);
    const reading = events[Symbol.asyncIterator]();
    let newest = true;
    for (let next = await reading.next(); !next.done; next = await reading.next()) {
      const event = next.value;
      if (event === 'live') continue;
      if (isTakeover(event, answer)) newest = false;
      if (newest && isRequestToClient(event)) return from(event, reading);
      if (event.kind === 'message' && event.final) {
        answered();
        res.json(event.message);
        return undefined;
      }
      if (event.kind === 'ended') throw sessionNotFound();
      if (event.kind === 'cancelled') {
        res.status(202).end();
        return undefined;
      }
    }
    res.destroy();
    return undefined;
  }

  /**
   * Tells every client to reconnect, to another node or to this node's successor. A client whose stream has
   * an event id is told at once, the others when their stream gets one.
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

/** Reports, once the connection has closed, whether everything written was sent. */
const closeOf = (res: Response) => ({
  onClose(tell: (hasSentAll: boolean) => void): void {
    const closed = () => {
      tell(res.writableFinished);
    };
    if (res.closed) closed();
    else res.once('close', closed);
  },
});
