/**
 * Identifies a log: the history of a workflow from its first run to its last. Today that workflow is a
 * session. Part of the workflow bundle.
 */
import { workflowIdOf } from './session';

export interface LogRef {
  readonly workflowId: string;
  /** The id that clients and operators use, today a session id. */
  readonly id: string;
}

export const logOfSession = (sessionId: string): LogRef => ({
  workflowId: workflowIdOf(sessionId),
  id: sessionId,
});
