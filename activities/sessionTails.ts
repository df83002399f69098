/**
 * Tails of the logs of sessions whose calls wait in this worker for their clients. Calls of a session share one
 * tail: a namespace takes 1,200 long-polls in all, and each tail first reads the whole run.
 * (`manyWait.test.ts`)
 */
import { log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { endOfLog } from '../src/log/end';
import type { SessionEvent } from '../src/log/history';
import { Tail } from '../src/log/tail';
import { sessionNotFound } from '../src/mcp/refusal';
import { runningCall } from '../src/api/runningCall';
import { logOfSession } from '../src/wire/logRef';

interface SharedTail {
  readonly tail: Promise<Tail>;
  followers: number;
}

export class SessionTails {
  private readonly tails = new Map<string, SharedTail>();

  constructor(private readonly client: Client) {}

  /**
   * Resolves when the log has been read to its present end. `tell` receives each later event once, until
   * `signal` aborts.
   */
  async follow(
    sessionId: string,
    tell: (sessionEvent: SessionEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) return;
    const shared = this.tails.get(sessionId) ?? this.open(sessionId);
    shared.followers++;
    signal.addEventListener('abort', () => {
      this.leave(sessionId, shared, tell);
    });
    const tail = await shared.tail;
    const { run, event } = await endOfLog(this.client, logOfSession(sessionId));
    await tail.readUpTo(run, event);
    if (tail.ended) throw sessionNotFound();
    if (!signal.aborted) tail.onSessionEvent.add(tell);
  }

  private open(sessionId: string): SharedTail {
    // The tail outlives the call that opens it, so it must not run in that call's context.
    const tail = runningCall.exit(() => Tail.open(this.client, logOfSession(sessionId), LOG));
    const shared = { tail, followers: 0 };
    this.tails.set(sessionId, shared);
    tail.catch(() => {
      this.forget(sessionId, shared);
    });
    return shared;
  }

  private leave(sessionId: string, shared: SharedTail, tell: (sessionEvent: SessionEvent) => void): void {
    shared.followers--;
    const isLast = shared.followers === 0;
    if (isLast) this.forget(sessionId, shared);
    shared.tail.then(
      (tail) => {
        tail.onSessionEvent.delete(tell);
        if (isLast) tail.close();
      },
      () => undefined, // `follow` has rejected
    );
  }

  private forget(sessionId: string, shared: SharedTail): void {
    if (this.tails.get(sessionId) === shared) this.tails.delete(sessionId);
  }
}

const LOG = {
  warn: (about: object, text: string) => {
    log.warn(text, { ...about });
  },
};
