/**
 * Which log is meant. A log is the history of a workflow, from its first run to its last; today that workflow is a session. Part of the workflow
 * bundle.
 */
import { workflowIdOf } from './session';

export interface LogRef {
  readonly workflowId: string;
  /** What clients and operators call the workflow's subject: a session's id. */
  readonly id: string;
}

export const logOfSession = (sessionId: string): LogRef => ({
  workflowId: workflowIdOf(sessionId),
  id: sessionId,
});
