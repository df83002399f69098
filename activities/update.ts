/** Updates of a session's workflow, in turn: many calls of one session may want one at once. */
import type { WorkflowHandle } from '@temporalio/client';
import { perWorkflowLimiter } from '../src/shared/limiter';

export const update = <Answer, Payload>(
  handle: WorkflowHandle,
  name: string,
  options: { args: [Payload]; updateId?: string },
): Promise<Answer> =>
  perWorkflowLimiter(handle.workflowId, () => handle.executeUpdate<Answer, [Payload]>(name, options));
