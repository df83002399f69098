/** A session at rest: an answer is out before its workflow task has ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export interface Written {
  readonly events: HistoryEvent[];
  readonly bytes: number;
}

const POLL_MS = 50;

export async function settled(handle: WorkflowHandle): Promise<Written> {
  for (;;) {
    const { historySize: bytes = 0, raw } = await handle.describe();
    if (!raw.pendingWorkflowTask && !raw.pendingActivities?.length)
      return { events: (await handle.fetchHistory()).events ?? [], bytes };
    await sleep(POLL_MS);
  }
}
