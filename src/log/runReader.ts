/** Reads and decodes one log page by page, run after run, and hands each event on once. */
import type { Client } from '@temporalio/client';
import type { LogRef } from '../wire/logRef';
import { Decoder } from './decode';
import type { End } from './end';
import type { SessionEvent } from './history';
import { readPage, readPageAtHand, type Place } from './read';
import { RunLoad } from './runLoad';
import type { StreamEvent } from './streamEvent';

/** What a read page tells. */
export interface Read {
  readonly run: string;
  /** `Infinity` if the next run has begun. */
  readonly lastEvent: number;
  /** No event can follow. */
  readonly isEnd: boolean;
}

export class RunReader {
  /** The load of the current run, as far as it has been read. */
  load = new RunLoad();
  private decoder = new Decoder();
  private place: Place | undefined;
  /**
   * The last event that was handed on. Never an event of a workflow task: Temporal may reuse those numbers
   * after a failed task.
   */
  private lastHanded = 0;

  constructor(
    private readonly client: Client,
    private readonly ref: LogRef,
    /** The run that is being read. */
    public run: string,
    private readonly hand: (sessionEvent: SessionEvent, events: StreamEvent[]) => void,
  ) {}

  /** Whether the log, as far as it has been read, has a request with this key. */
  knows(callKey: string): boolean {
    return this.decoder.knows(callKey);
  }

  /**
   * Reads the next page. Waits for new events, unless Temporal is `known` to have more events than were read.
   */
  async readPage(known: Pick<End, 'run' | 'event'>, signal: AbortSignal): Promise<Read> {
    const { ref, run, place: from } = this;
    const isAtHand = known.run === run && known.event > (from?.after ?? 0);
    const read = isAtHand ? readPageAtHand : readPage;
    let nextRun: string | undefined;
    let isDecoding = false;
    const take = (sessionEvent: SessionEvent) => {
      isDecoding = true;
      this.decode(sessionEvent);
      if (sessionEvent.kind === 'continued') nextRun = sessionEvent.run;
      return true;
    };
    try {
      const page = await this.client.connection.withAbortSignal(signal, () =>
        read(this.client, { ref, run, from, wait: true }, take),
      );
      if (nextRun !== undefined) {
        this.restart(nextRun, 0);
        return { run, lastEvent: Infinity, isEnd: false };
      }
      this.place = page.next;
      this.load.events = page.lastEvent;
      return { run, lastEvent: page.lastEvent, isEnd: !page.next };
    } catch (error) {
      if (isDecoding) this.rereadRun(); // the page's first events are decoded and must not be decoded twice
      throw error;
    }
  }

  /**
   * Reads the run again from its start. Events that were handed on are decoded again but not handed on again.
   */
  rereadRun(): void {
    this.restart(this.run, this.lastHanded);
  }

  private decode(sessionEvent: SessionEvent): void {
    const events = this.decoder.decode(sessionEvent);
    this.load.add(sessionEvent);
    if (sessionEvent.event <= this.lastHanded) return;
    this.lastHanded = sessionEvent.event;
    this.hand(sessionEvent, events);
  }

  private restart(run: string, lastHanded: number): void {
    this.run = run;
    this.lastHanded = lastHanded;
    this.place = undefined;
    this.decoder = new Decoder();
    this.load = new RunLoad();
  }
}
