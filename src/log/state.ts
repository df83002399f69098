/**
 * The status of a session according to its log, without asking a worker; available after the session's end as
 * well.
 */
import { streamOfRequest, type StreamId } from '../wire/eventId';
import type { JSONRPCRequest } from '../wire/messages';
import type { StreamEvent } from './streamEvent';
import { SessionProjection } from './sessionProjection';
import { isLast } from './stream';

export interface OpenRequest {
  readonly message: JSONRPCRequest;
  readonly since: Date;
}

export class LogState extends SessionProjection {
  lastActivity = new Date(0);
  /** Oldest first. */
  readonly inFlight = new Map<StreamId, OpenRequest>();

  /** Events must come in the order of the log, from the start of a run. */
  apply(event: StreamEvent): void {
    this.learn(event);
    if (event.kind !== 'continued') this.lastActivity = event.time;
    switch (event.kind) {
      case 'session': {
        const { carried } = event.input;
        if (carried) this.lastActivity = new Date(carried.lastHeardAt);
        [...(carried?.waiting ?? []), ...(carried?.suspended ?? [])].forEach(({ message }) => {
          this.open(message, event.time);
        });
        break;
      }
      case 'request':
        if (event.verdict.kind === 'new') this.open(event.message, event.time);
        break;
      case 'message':
      case 'cancelled':
        if (isLast(event)) this.inFlight.delete(event.stream);
        break;
      case 'ended':
        this.inFlight.clear();
        break;
    }
  }

  private open(message: JSONRPCRequest, time: Date): void {
    const stream = streamOfRequest(message.id);
    if (!this.inFlight.has(stream)) this.inFlight.set(stream, { message, since: time });
  }
}
