/**
 * Who is told what a session says of itself: one of the streams that clients opened with GET (specification 2025-11-25,
 * transports, "Multiple Connections"), the newest that is open. A pure fold over the log, so that all nodes agree. When the last
 * one closes, what comes stays its own: its client may come back for it. Part of the workflow bundle.
 */
import type { StreamId } from '../wire/eventId';
import type { ListenSignal } from '../wire/signals';
import type { ListenersSnapshot } from '../wire/snapshots';

/** A node that dies says of no connection that it has closed. */
const REMEMBERED = 100;

export class Listeners {
  private readonly open: Map<StreamId, Pick<ListenSignal, 'getId' | 'wakeAt'>>;
  /** The stream that the session's messages go to; `undefined` while nobody has ever listened. */
  told: StreamId | undefined;

  constructor({ open, told }: ListenersSnapshot = { open: [] }) {
    this.open = new Map(open.map(([stream, getId, wakeAt]) => [stream, { getId, wakeAt }]));
    this.told = told;
  }

  /** Where nodes are woken whose streams are open: of the one that is told, or of all. */
  wakeAt(who: 'told' | 'all'): string[] {
    const told = this.told === undefined ? undefined : this.open.get(this.told);
    const open = who === 'all' ? [...this.open.values()] : told ? [told] : [];
    return [...new Set(open.flatMap(({ wakeAt }) => wakeAt ?? []))];
  }

  listen({ stream, getId, wakeAt }: ListenSignal): void {
    this.open.delete(stream);
    this.open.set(stream, { getId, wakeAt });
    this.told = stream;
    const [oldest] = this.open.keys();
    if (this.open.size > REMEMBERED && oldest !== undefined) this.open.delete(oldest);
  }

  /** Says nothing of a stream that another GET has gone on with since. */
  leave({ stream, getId }: ListenSignal): void {
    if (this.open.get(stream)?.getId !== getId) return;
    this.open.delete(stream);
    this.told = [...this.open.keys()].at(-1) ?? this.told;
  }

  snapshot(): ListenersSnapshot {
    const open = [...this.open].map(([stream, { getId, wakeAt }]): [StreamId, string, string?] =>
      wakeAt === undefined ? [stream, getId] : [stream, getId, wakeAt],
    );
    return { open, told: this.told };
  }
}
