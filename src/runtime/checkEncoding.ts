/** Detects at the start that a node or worker lacks the data converter of the others. */
import type { Client } from '@temporalio/client';
import { assertReadable } from '../log/encoding';
import { runningSessionsOf } from '../wire/session';

const LOOK_WITHIN_MS = 5_000;

/**
 * Decodes the memo of one running session of the task queue. For a session that opens later, reading its log
 * reports the same error.
 * @throws Error in one sentence
 */
export async function checkEncoding(client: Client, taskQueue: string): Promise<void> {
  const { namespace, loadedDataConverter } = client.options;
  const query = runningSessionsOf(taskQueue);
  const { executions } = await client.connection
    .withDeadline(Date.now() + LOOK_WITHIN_MS, () =>
      client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 }),
    )
    .catch(() => ({ executions: [] })); // credentials that may not list sessions can still serve them
  const memo = Object.values(executions[0]?.memo?.fields ?? {});
  await Promise.all(memo.map((payload) => assertReadable(loadedDataConverter, payload)));
}
