/** Updates of a session's workflow, in turn: many calls of one session may want one at once. */
import type { WorkflowHandle } from '@temporalio/client';
import { inTurn } from '../src/shared/turns';

export const update = <Answer, Payload>(
  handle: WorkflowHandle,
  name: string,
  options: { args: [Payload]; updateId?: string },
): Promise<Answer> => inTurn(handle.workflowId, () => handle.executeUpdate<Answer, [Payload]>(name, options));
