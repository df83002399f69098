/** Waits for an idle session: a client can have its answer before the session's workflow task has ended. */
import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { until } from './command';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** The history of a session's run so far. */
export interface Written {
  readonly events: HistoryEvent[];
  readonly bytes: number;
}

/**
 * Resolves when the session has no pending workflow task or activity. @throws Error if that takes too long, see
 * {@link until}
 */
export async function waitUntilIdle(handle: WorkflowHandle): Promise<Written> {
  const { historySize: bytes = 0 } = await until(async () => {
    const description = await handle.describe();
    const { pendingWorkflowTask, pendingActivities } = description.raw;
    return !pendingWorkflowTask && !pendingActivities?.length && description;
  });
  return { events: (await handle.fetchHistory()).events ?? [], bytes };
}
