/**
 * The logs of the sessions whose calls wait here for their clients: each is followed once, however many calls wait. A namespace takes 1,200
 * long-polls in all, and every one reads the whole run first. (`manyWait.test.ts`)
 */
import { log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { endOfLog } from '../src/log/end';
import type { SessionEvent } from '../src/log/history';
import { Tail } from '../src/log/tail';
import { sessionNotFound } from '../src/mcp/refusal';
import { runningCall } from '../src/api/runningCall';
import { logOfSession } from '../src/wire/logRef';

interface Followed {
  readonly tail: Promise<Tail>;
  followers: number;
}

export class SessionTails {
  private readonly followed = new Map<string, Followed>();

  constructor(private readonly client: Client) {}

  /** Resolves when all that is in the log has been read; what comes after it is told, each sessionEvent once, until `signal` aborts. */
  async follow(
    sessionId: string,
    tell: (sessionEvent: SessionEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) return;
    const followed = this.followed.get(sessionId) ?? this.open(sessionId);
    followed.followers++;
    signal.addEventListener('abort', () => {
      this.leave(sessionId, followed, tell);
    });
    const tail = await followed.tail;
    const { run, event } = await endOfLog(this.client, logOfSession(sessionId));
    await tail.readUpTo(run, event);
    if (tail.ended) throw sessionNotFound();
    if (!signal.aborted) tail.onSessionEvent.add(tell);
  }

  private open(sessionId: string): Followed {
    // It outlives the call that has opened it.
    const tail = runningCall.exit(() => Tail.open(this.client, logOfSession(sessionId), LOG));
    const followed = { tail, followers: 0 };
    this.followed.set(sessionId, followed);
    tail.catch(() => {
      this.forget(sessionId, followed);
    });
    return followed;
  }

  private leave(sessionId: string, followed: Followed, tell: (sessionEvent: SessionEvent) => void): void {
    followed.followers--;
    const isLast = followed.followers === 0;
    if (isLast) this.forget(sessionId, followed);
    followed.tail.then(
      (tail) => {
        tail.onSessionEvent.delete(tell);
        if (isLast) tail.close();
      },
      () => undefined, // its followers have been told
    );
  }

  private forget(sessionId: string, followed: Followed): void {
    if (this.followed.get(sessionId) === followed) this.followed.delete(sessionId);
  }
}

const LOG = {
  warn: (about: object, text: string) => {
    log.warn(text, { ...about });
  },
};
