/** A node or worker that lacks the data converter of the others says so at its start. */
import type { Client } from '@temporalio/client';
import { assertReadable } from '../log/encoding';
import { runningSessionsOf } from '../wire/session';

const LOOK_WITHIN_MS = 5_000;

/**
 * Looks at one running session of the task queue. Of a session that opens later, reading its log says the same.
 * @throws Error in one sentence
 */
export async function checkEncoding(client: Client, taskQueue: string): Promise<void> {
  const { namespace, loadedDataConverter } = client.options;
  const query = runningSessionsOf(taskQueue);
  const { executions } = await client.connection
    .withDeadline(Date.now() + LOOK_WITHIN_MS, () =>
      client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 }),
    )
    .catch(() => ({ executions: [] })); // who may not list sessions may serve them all the same
  const memo = Object.values(executions[0]?.memo?.fields ?? {});
  await Promise.all(memo.map((payload) => assertReadable(loadedDataConverter, payload)));
}
