/**
 * The worker that died with an attempt has probably had its session's workflow as well, and Temporal would offer it the session's next
 * workflow task first. (docs/recovery.md)
 */
import type { Client, WorkflowHandle } from '@temporalio/client';

/** Each time the next worker replays the session's run: hundreds of calls that died together must not each cost that. */
const AGAIN_AFTER_MS = 10_000;
const left = new Set<string>();

export async function leaveDeadWorker(
  { workflowService, options }: Client,
  { workflowId }: WorkflowHandle,
): Promise<void> {
  if (left.has(workflowId)) return;
  left.add(workflowId);
  setTimeout(() => left.delete(workflowId), AGAIN_AFTER_MS).unref();
  await workflowService
    .resetStickyTaskQueue({ namespace: options.namespace, execution: { workflowId } })
    .catch(() => undefined); // then the session goes on when that has timed out
}
