/**
 * A worker that died with an attempt has probably also run the workflow of the session, and Temporal would
 * first offer the session's next workflow task to that worker's sticky queue. (docs/recovery.md)
 */
import type { Client, WorkflowHandle } from '@temporalio/client';

/**
 * The least interval between two resets for a session. After each, the next worker replays the session's run,
 * and hundreds of calls can die together.
 */
const AGAIN_AFTER_MS = 10_000;
const recentlyReset = new Set<string>();

export async function leaveDeadWorker(
  { workflowService, options }: Client,
  { workflowId }: WorkflowHandle,
): Promise<void> {
  if (recentlyReset.has(workflowId)) return;
  recentlyReset.add(workflowId);
  setTimeout(() => recentlyReset.delete(workflowId), AGAIN_AFTER_MS).unref();
  await workflowService
    .resetStickyTaskQueue({ namespace: options.namespace, execution: { workflowId } })
    .catch(() => undefined); // then the sticky queue times out first (stickyQueueScheduleToStartTimeout)
}
