/** Where a session's log ends at this moment, as Temporal describes it. */
import type { Client } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { sessionNotFound } from '../protocol/errors';
import { workflowIdOf } from '../protocol/session';

const TASK_STARTED = temporal.api.enums.v1.PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_STARTED;
const DEADLINE_MS = 10_000;

/** The last event that a session's log has now. */
export interface End {
  readonly run: string;
  readonly event: number;
  readonly taskRuns: boolean;
}

export async function endOfLog(
  { connection, workflowService, options }: Client,
  sessionId: string,
): Promise<End> {
  const { namespace } = options;
  const describe = { namespace, execution: { workflowId: workflowIdOf(sessionId) } };
  const { workflowExecutionInfo: info, pendingWorkflowTask } = await connection
    .withDeadline(Date.now() + DEADLINE_MS, () => workflowService.describeWorkflowExecution(describe))
    .catch((error: unknown) => {
      throw isNotFound(error) ? sessionNotFound() : error;
    });
  return {
    run: info?.execution?.runId ?? '',
    event: Number(info?.historyLength ?? 0),
    taskRuns: pendingWorkflowTask?.state === TASK_STARTED,
  };
}

export const isNotFound = (error: unknown): boolean =>
  isGrpcServiceError(error) && error.code === GrpcStatus.NOT_FOUND;
