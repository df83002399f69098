/**
 * Keeps a session from ending by idleness while its client uses it in ways that leave no event in the log:
 * pings, lists, open streams.
 */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Logger } from 'pino';
import type { Tail } from '../log/tail';
import { KEEPALIVE_SIGNAL } from '../wire/signals';

/** An idle time to live shorter than four of these is not kept up by pings and open streams. */
const LEAST_MS = 1_000;
const MOST_MS = 3_600_000;

/**
 * Until stopped, sends the session a keepalive whenever the log shows no activity of the client for a quarter
 * of the idle time to live. A keepalive of one node serves all nodes. The check runs twice as often, so the
 * longest gap is three eighths.
 */
export function keepAlive(client: Client, log: Logger, tail: Tail): () => void {
  const everyMs = Math.min(Math.max(tail.idleTtlMs / 4, LEAST_MS), MOST_MS);
  const sendKeepalive = () => {
    if (tail.ended || performance.now() - tail.lastSeenAt < everyMs) return;
    tail.lastSeenAt = performance.now();
    const handle = client.workflow.getHandle(tail.ref.workflowId);
    // Reads the log as well: a paused tail is not woken for every end, for example if Temporal terminated the
    // session.
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
  sendKeepalive();
  const timer = setInterval(sendKeepalive, everyMs / 2).unref();
  return () => {
    clearInterval(timer);
  };
}
