/**
 * Sends updates to a session's workflow, a few at a time: many calls may send at once, and Temporal refuses
 * more than 10 updates in flight (src/shared/limiter.ts).
 */
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { perWorkflowLimiter } from '../src/shared/limiter';

export const update = <Answer, Payload>(
  handle: WorkflowHandle,
  name: string,
  options: { args: [Payload]; updateId?: string },
): Promise<Answer> =>
  perWorkflowLimiter(handle.workflowId, () => handle.executeUpdate<Answer, [Payload]>(name, options));

/** Why the workflow has refused an update; `undefined` for any other error. */
export function refusalIn(error: unknown): ApplicationFailure | undefined {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  return cause instanceof ApplicationFailure ? cause : undefined;
}
