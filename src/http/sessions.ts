/**
 * The sessions that this node is serving right now. Nothing here is more than a reader's place in the log: a node that loses it
 * loses nothing, and any other node serves the session as well.
 */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { sessionNotFound } from '../protocol/errors';
import { Tail } from '../log/tail';
import { keepAlive } from './keepAlive';

/** How long a tail is kept after its last use: the next request then finds it warm. */
const KEEP_MS = 60_000;

interface Entry {
  readonly tail: Promise<Tail>;
  uses: number;
  expiry?: NodeJS.Timeout;
}

export class Sessions {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly client: Client,
    private readonly log: Logger,
  ) {}

  /**
   * Runs `use` with the session's tail, which stays open at least until `use` has ended. A session belongs to the principal who
   * opened it; for everybody else it does not exist. @throws HttpError 404
   */
  async with<T>(sessionId: string, principal: string, use: (tail: Tail) => Promise<T>): Promise<T> {
    const entry = this.entryOf(sessionId);
    let stop: (() => void) | undefined;
    entry.uses++;
    clearTimeout(entry.expiry);
    try {
      const tail = await entry.tail;
      if (tail.ended || tail.session.principal !== principal) throw sessionNotFound();
      stop = keepAlive(this.client, this.log, tail);
      return await use(tail);
    } catch (error) {
      if (this.entries.get(sessionId) === entry && (await failed(entry.tail))) this.entries.delete(sessionId);
      throw error;
    } finally {
      stop?.();
      entry.uses--;
      if (entry.uses === 0) entry.expiry = setTimeout(() => this.forget(sessionId, entry), KEEP_MS).unref();
    }
  }

  close(): void {
    for (const [sessionId, entry] of this.entries) this.forget(sessionId, entry);
  }

  private entryOf(sessionId: string): Entry {
    const known = this.entries.get(sessionId);
    if (known) return known;
    const entry: Entry = { tail: Tail.open(this.client, sessionId, this.log), uses: 0 };
    this.entries.set(sessionId, entry);
    return entry;
  }

  private forget(sessionId: string, entry: Entry): void {
    clearTimeout(entry.expiry);
    if (this.entries.get(sessionId) === entry) this.entries.delete(sessionId);
    entry.tail.then(
      (tail) => {
        tail.close();
      },
      () => undefined,
    );
  }
}

/** Whether a tail is of no further use: it could not be opened, or its session has ended. */
const failed = (tail: Promise<Tail>): Promise<boolean> =>
  tail.then(
    ({ ended }) => ended,
    () => true,
  );
