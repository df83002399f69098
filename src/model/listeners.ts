/**
 * Decides which stream gets the session's own messages: the newest open one of the streams that clients
 * opened with GET (specification 2025-11-25, transports, "Multiple Connections"). A pure fold over the log,
 * so that all nodes agree. When the last stream closes, messages stay with it, since its client may come
 * back. Part of the workflow bundle.
 */
import type { StreamId } from '../wire/eventId';
import type { ListenSignal } from '../wire/signals';
import type { ListenersSnapshot } from '../wire/snapshots';

/** Bounds the open streams: a node that dies never reports its connections as closed. */
const REMEMBERED = 100;

export class Listeners {
  private readonly open: Map<StreamId, Pick<ListenSignal, 'getId' | 'wakeAt'>>;
  /** The stream that gets the session's messages; `undefined` before the first listener. */
  activeListener: StreamId | undefined;

  constructor({ open, told }: ListenersSnapshot = { open: [] }) {
    this.open = new Map(open.map(([stream, getId, wakeAt]) => [stream, { getId, wakeAt }]));
    this.activeListener = told;
  }

  /** Task queues on which to wake nodes with open streams: of the active listener, or of all. */
  wakeAt(which: 'active' | 'all'): string[] {
    const active = this.activeListener === undefined ? undefined : this.open.get(this.activeListener);
    const open = which === 'all' ? [...this.open.values()] : active ? [active] : [];
    return [...new Set(open.flatMap(({ wakeAt }) => wakeAt ?? []))];
  }

  listen({ stream, getId, wakeAt }: ListenSignal): void {
    this.open.delete(stream);
    this.open.set(stream, { getId, wakeAt });
    this.activeListener = stream;
    const [oldest] = this.open.keys();
    if (this.open.size > REMEMBERED && oldest !== undefined) this.open.delete(oldest);
  }

  /** Ignores a stream that another GET has resumed since. */
  leave({ stream, getId }: ListenSignal): void {
    if (this.open.get(stream)?.getId !== getId) return;
    this.open.delete(stream);
    this.activeListener = [...this.open.keys()].at(-1) ?? this.activeListener;
  }

  snapshot(): ListenersSnapshot {
    const open = [...this.open].map(([stream, { getId, wakeAt }]): [StreamId, string, string?] =>
      wakeAt === undefined ? [stream, getId] : [stream, getId, wakeAt],
    );
    return { open, told: this.activeListener };
  }
}
