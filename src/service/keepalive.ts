/** A session must not end of idleness while it is used in ways that leave no mark in its log: pings, lists, open streams. */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Logger } from 'pino';
import type { Tail } from '../log/tail';
import { KEEPALIVE_SIGNAL } from '../wire/signals';

/** Shorter times to live than four of these are not kept up by pings and streams. */
const LEAST_MS = 1_000;
const MOST_MS = 3_600_000;

/**
 * Until it is stopped, tells the session that its client is there whenever the log has had no word of the client for a quarter
 * of the time to live: one node's word does for all. Looks twice as often, so that the longest gap is three eighths.
 */
export function keepAlive(client: Client, log: Logger, tail: Tail): () => void {
  const everyMs = Math.min(Math.max(tail.idleTtlMs / 4, LEAST_MS), MOST_MS);
  const tell = () => {
    if (tail.ended || performance.now() - tail.lastSeenAt < everyMs) return;
    tail.lastSeenAt = performance.now();
    const handle = client.workflow.getHandle(tail.ref.workflowId);
    // Then it is read, which a stream that rests may not have been woken for: its session may have ended, by Temporal's own means too.
    handle
      .signal(KEEPALIVE_SIGNAL)
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      })
      .then(() => tail.catchUp())
      .catch((error: unknown) => {
        if (!tail.ended)
          log.warn({ session: tail.session.id, err: error }, 'the session was not told that it is in use');
      });
  };
  tell();
  const timer = setInterval(tell, everyMs / 2).unref();
  return () => {
    clearInterval(timer);
  };
}
