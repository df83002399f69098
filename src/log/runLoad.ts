/**
 * Measures the current run of a session, and the client's part of it. Temporal accepts 10,000 signals, 2,000
 * updates, 51,200 events and 50 MB a run, then refuses messages or terminates the session;
 * workflows/runLength.ts ends runs far below, as soon as their calls allow it.
 */
import type { SessionEvent } from './history';

/** An event's size without its payloads: ids, times, types, headers. */
const EVENT_BYTES = 150;

export class RunLoad {
  signals = 0;
  updates = 0;
  /** The number of the last event. */
  events = 0;
  /** Bytes of the signals and updates with the client's messages. */
  clientBytes = 0;
  private payloadBytes = 0;

  get bytes(): number {
    return this.payloadBytes + this.events * EVENT_BYTES;
  }

  add({ kind, bytes, counts }: SessionEvent): void {
    this.payloadBytes += bytes;
    if (counts === 'signal') this.signals++;
    if (counts === 'update') this.updates++;
    if (isOfClient(kind)) this.clientBytes += bytes;
  }
}

function isOfClient(kind: SessionEvent['kind']): boolean {
  switch (kind) {
    case 'request':
    case 'clientMessage':
    case 'logLevel':
    case 'listen':
    case 'leave':
    case 'subscription':
      return true;
    default:
      return false;
  }
}
