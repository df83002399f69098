/** The current end of a session's log, as Temporal describes it. */
import type { Client } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { sessionNotFound } from '../mcp/refusal';
import type { LogRef } from '../wire/logRef';

const TASK_STARTED = temporal.api.enums.v1.PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_STARTED;
const DEADLINE_MS = 10_000;

/** The last event that a session's log has now. */
export interface End {
  readonly run: string;
  readonly event: number;
  /**
   * Start time of the running workflow task; absent if none runs. Signals that come meanwhile enter the log
   * only when the task ends.
   */
  readonly task?: string;
}

export async function endOfLog({ connection, workflowService, options }: Client, ref: LogRef): Promise<End> {
  const { namespace } = options;
  const describe = { namespace, execution: { workflowId: ref.workflowId } };
  const { workflowExecutionInfo: info, pendingWorkflowTask } = await connection
    .withDeadline(Date.now() + DEADLINE_MS, () => workflowService.describeWorkflowExecution(describe))
    .catch((error: unknown) => {
      throw isNotFound(error) ? sessionNotFound() : error;
    });
  return {
    run: info?.execution?.runId ?? '',
    event: Number(info?.historyLength ?? 0),
    task: pendingWorkflowTask?.state === TASK_STARTED ? beginOf(pendingWorkflowTask) : undefined,
  };
}

const beginOf = ({ startedTime }: temporal.api.workflow.v1.IPendingWorkflowTaskInfo): string =>
  `${String(startedTime?.seconds)} ${startedTime?.nanos}`;

export const isNotFound = (error: unknown): boolean =>
  isGrpcServiceError(error) && error.code === GrpcStatus.NOT_FOUND;
