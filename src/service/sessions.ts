/**
 * The sessions that this node is serving right now. Nothing here is more than a reader's place in the log: a node that loses it
 * loses nothing, and any other node serves the session as well.
 */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { isSessionNotFound, sessionNotFound } from '../mcp/refusal';
import { Tail } from '../log/tail';
import type { Wake } from '../wire/wake';
import { principalId, type Principal } from '../wire/principal';
import { keepAlive } from './keepalive';
import { logOfSession } from '../wire/logRef';

/** How long a tail is kept after its last use: the next request then finds it warm. */
const KEEP_MS = 60_000;
const READ_AT_ONCE = 8;

interface Entry {
  readonly tail: Promise<Tail>;
  uses: number;
  /** How many of them need nothing but what the session wakes this node for. */
  idle: number;
  expiry?: NodeJS.Timeout;
}

/**
 * Tells that a use needs only those events for which its session wakes this node. The function that it returns tells that the use needs all events again.
 */
export type Idles = () => () => void;

export class Sessions {
  private readonly entries = new Map<string, Entry>();
  private readonly paused = new Set<Entry>();

  constructor(
    private readonly client: Client,
    private readonly log: Logger,
    /** How many logs this node follows by a long-poll each before streams that say nothing wait to be woken. */
    private readonly longPolls: number,
    /** Is told of a session that this node knows to have ended. */
    private readonly hasEnded: (sessionId: string) => void,
  ) {}

  get isCrowded(): boolean {
    return this.entries.size - this.paused.size >= this.longPolls;
  }

  /**
   * Runs `use` with the session's tail, which stays open at least until `use` has ended. A session belongs to the principal who
   * opened it; for everybody else it does not exist. A use calls `idles` when its session knows where this node is to be woken.
   * @throws Refusal 404
   */
  async with<T>(
    sessionId: string,
    principal: Principal,
    use: (tail: Tail, idles: Idles) => Promise<T>,
  ): Promise<T> {
    const entry = this.entryOf(sessionId);
    let stop: (() => void) | undefined;
    let idle = 0;
    entry.uses++;
    clearTimeout(entry.expiry);
    try {
      const tail = await entry.tail;
      if (tail.ended || tail.session.principal !== principalId(principal)) throw sessionNotFound();
      stop = keepAlive(this.client, this.log, tail);
      this.resume(entry, tail);
      return await use(tail, () => {
        entry.idle += 1 - idle;
        idle = 1;
        this.pauseIfIdle(entry, tail);
        return () => {
          entry.idle -= idle;
          idle = 0;
          this.resume(entry, tail);
        };
      });
    } catch (error) {
      if (this.entries.get(sessionId) === entry && (await failed(entry.tail))) this.entries.delete(sessionId);
      throw error;
    } finally {
      stop?.();
      entry.uses--;
      entry.idle -= idle;
      void entry.tail.then((tail) => {
        if (tail.ended) this.hasEnded(sessionId);
        this.pauseIfIdle(entry, tail);
      }, ignore);
      if (entry.uses === 0) entry.expiry = setTimeout(() => this.forget(sessionId, entry), KEEP_MS).unref();
    }
  }

  /** Reads what a session has woken this node for. */
  async wake({ sessionId, run, event }: Wake): Promise<void> {
    const tail = await this.entries.get(sessionId)?.tail.catch(() => undefined);
    await tail?.readUpTo(run, event);
  }

  /** Reads what all streams that rest may have been woken for in vain. @throws if Temporal does not answer */
  async readPaused(): Promise<void> {
    const left = [...this.paused].values();
    const readOn = async () => {
      for (const { tail } of left) {
        await (await tail).catchUp().catch((error: unknown) => {
          if (!isSessionNotFound(error)) throw error;
        });
      }
    };
    await Promise.all(Array.from({ length: READ_AT_ONCE }, readOn));
  }

  close(): void {
    for (const [sessionId, entry] of this.entries) this.forget(sessionId, entry);
  }

  private entryOf(sessionId: string): Entry {
    const known = this.entries.get(sessionId);
    if (known) return known;
    const entry: Entry = {
      tail: Tail.open(this.client, logOfSession(sessionId), this.log),
      uses: 0,
      idle: 0,
    };
    this.entries.set(sessionId, entry);
    return entry;
  }

  /** What nobody uses now is followed for its next use only while there is room. (`idleStreams.test.ts`) */
  private pauseIfIdle(entry: Entry, tail: Tail): void {
    if (entry.idle < entry.uses || (entry.uses === 0 && !this.isCrowded)) return;
    this.paused.add(entry);
    tail.pause();
  }

  private resume(entry: Entry, tail: Tail): void {
    this.paused.delete(entry);
    tail.resume();
  }

  private forget(sessionId: string, entry: Entry): void {
    clearTimeout(entry.expiry);
    this.paused.delete(entry);
    if (this.entries.get(sessionId) === entry) this.entries.delete(sessionId);
    entry.tail.then((tail) => {
      if (tail.ended) this.hasEnded(sessionId);
      tail.close();
    }, ignore);
  }
}

const ignore = () => undefined;

/** Whether a tail is of no further use: it could not be opened, or its session has ended. */
const failed = (tail: Promise<Tail>): Promise<boolean> =>
  tail.then(
    ({ ended }) => ended,
    () => true,
  );
