/**
 * How much stands in a session's present run, and how much of it is its client's. Temporal takes 10,000 signals, 2,000 updates, 51,200
 * events and 50 MB, then it refuses or terminates the session; workflows/runLength.ts ends runs far below, as soon as their calls let it.
 */
import type { SessionEvent } from './history';

/** Of an event beside its payloads: ids, times, types, headers. */
const EVENT_BYTES = 150;

export class RunLoad {
  signals = 0;
  updates = 0;
  /** The number of the last one. */
  events = 0;
  /** Of the signals and updates that the client's messages came in. */
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
