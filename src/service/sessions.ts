/**
 * The sessions that this node serves now. A session here is only a read position in its log: a node that
 * loses it loses nothing, and any other node can serve the session.
 */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { isSessionNotFound, sessionNotFound } from '../mcp/refusal';
import { Tail } from '../log/tail';
import type { Wake } from '../wire/wake';
import { principalId, type Principal } from '../wire/principal';
import { keepAlive } from './keepalive';
import { logOfSession } from '../wire/logRef';

/** Time for which a tail is kept after its last use, so that the next request finds it warm. */
const KEEP_MS = 60_000;
const READ_AT_ONCE = 8;

interface Entry {
  readonly tail: Promise<Tail>;
  uses: number;
  /** Number of uses that need only the events for which the session wakes this node. */
  idle: number;
  expiry?: NodeJS.Timeout;
}

/**
 * Declares that a use needs only the events for which its session wakes this node. The returned function ends
 * that.
 */
export type Idles = () => () => void;

export class Sessions {
  private readonly entries = new Map<string, Entry>();
  private readonly paused = new Set<Entry>();

  constructor(
    private readonly client: Client,
    private readonly log: Logger,
    /** Number of logs that this node follows by long-polls. Beyond it, idle streams wait for wake-ups. */
    private readonly longPolls: number,
    /** Called for a session that this node knows to have ended. */
    private readonly hasEnded: (sessionId: string) => void,
  ) {}

  get isCrowded(): boolean {
    return this.entries.size - this.paused.size >= this.longPolls;
  }

  /**
   * Runs `use` with the session's tail, which stays open at least until `use` resolves. A session exists only
   * for the principal that opened it. `use` calls `idles` once the session knows on which task queue to wake
   * this node. @throws Refusal 404
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

  /** Begins to read a session's log, for a client whose next request will need it. */
  prepare(sessionId: string): void {
    if (this.isCrowded || this.entries.has(sessionId)) return;
    const entry = this.entryOf(sessionId);
    entry.expiry = setTimeout(() => this.forget(sessionId, entry), KEEP_MS).unref();
    entry.tail.catch(() => this.forget(sessionId, entry));
  }

  /** Reads the event for which a session has woken this node. */
  async wake({ sessionId, run, event }: Wake): Promise<void> {
    const tail = await this.entries.get(sessionId)?.tail.catch(() => undefined);
    await tail?.readUpTo(run, event);
  }

  /**
   * Reads the logs of all paused tails, whose wake-ups may have been lost. @throws if Temporal does not
   * answer
   */
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

  /**
   * Pauses a tail that has only idle uses. An unused tail keeps following its log only while the node is not
   * crowded. (`idleStreams.test.ts`)
   */
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

/** Whether a tail is useless: opening it failed, or its session has ended. */
const failed = (tail: Promise<Tail>): Promise<boolean> =>
  tail.then(
    ({ ended }) => ended,
    () => true,
  );
