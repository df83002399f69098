/** A session at rest: an answer is out before its workflow task has ended. */
import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { until } from './command';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** What a run of a session has written so far. */
export interface Written {
  readonly events: HistoryEvent[];
  readonly bytes: number;
}

/** Resolves when nothing runs in the session. @throws Error if something does for long, see {@link until}. */
export async function waitUntilIdle(handle: WorkflowHandle): Promise<Written> {
  const { historySize: bytes = 0 } = await until(async () => {
    const description = await handle.describe();
    const { pendingWorkflowTask, pendingActivities } = description.raw;
    return !pendingWorkflowTask && !pendingActivities?.length && description;
  });
  return { events: (await handle.fetchHistory()).events ?? [], bytes };
}
