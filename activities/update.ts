/**
 * Sends updates to a session's workflow within its limit: Temporal takes 10 in flight, and many calls may send
 * at once.
 */
import type { WorkflowHandle } from '@temporalio/client';
import { perWorkflowLimiter } from '../src/shared/limiter';

export const update = <Answer, Payload>(
  handle: WorkflowHandle,
  name: string,
  options: { args: [Payload]; updateId?: string },
): Promise<Answer> =>
  perWorkflowLimiter(handle.workflowId, () => handle.executeUpdate<Answer, [Payload]>(name, options));
