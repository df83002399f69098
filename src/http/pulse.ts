/**
 * Whether Temporal's answers reach this node. What a node answers by itself it may take from what it has read of a session's log only then:
 * a node that is cut off, or stood still, would not know that the session has ended. (`endedSession.test.ts`)
 */
import type { Client } from '@temporalio/client';
import { SOON_MS, type Tail } from '../log/tail';
import { sessionNotFound } from '../protocol/errors';

/** After so long each node has heard of what is in a log, or knows that it cannot: the time of a pulse, and of a long-poll. */
export const HEARD_MS = 2 * SOON_MS;

const DEADLINE_MS = 1_000;

export class Pulse {
  private asked = { at: -Infinity, answered: Promise.resolve(false) };

  constructor(private readonly client: Client) {}

  /** One request of all sessions together, every {@link SOON_MS} at most. */
  beats(): Promise<boolean> {
    const now = performance.now();
    if (now - this.asked.at >= SOON_MS) this.asked = { at: now, answered: this.ask() };
    return this.asked.answered;
  }

  private async ask(): Promise<boolean> {
    const { connection, workflowService } = this.client;
    const ask = () => workflowService.getSystemInfo({});
    return connection.withDeadline(Date.now() + DEADLINE_MS, ask).then(
      () => true,
      () => false,
    );
  }
}

/**
 * Resolves if the session is there: nobody has been told yet that it has ended (specification 2025-11-25, basic/transports, "Session
 * Management"). @throws HttpError 404
 */
export async function makeSure({ pulse }: { readonly pulse: Pulse }, tail: Tail): Promise<void> {
  if (!tail.isFollowing || !(await pulse.beats())) await tail.catchUp();
  if (tail.ended) throw sessionNotFound();
}
