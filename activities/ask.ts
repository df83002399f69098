/**
 * Asks a session's workflow: by an update that it always refuses, with the answer in the failure. A refused update
 * leaves nothing in the history, like a query. But a query that comes late, when the session has moved, can
 * make the next workflow task fail once (docs/internals/design.md, "Known weaknesses").
 */
import type { WorkflowHandle } from '@temporalio/client';
import { ANSWER, ASK_UPDATE, type Answers, type Ask } from '../src/wire/signals';
import { refusalIn, update } from './update';

/** `call` is the call's key. @throws WorkflowNotFoundError if the session has ended */
export async function ask<Query extends keyof Answers>(
  handle: WorkflowHandle,
  query: Query,
  call?: string,
): Promise<Answers[Query]> {
  try {
    await update<undefined, Ask>(handle, ASK_UPDATE, { args: [{ query, call }] });
  } catch (error) {
    const refusal = refusalIn(error);
    if (!refusal) throw error;
    if (refusal.type === ANSWER) return refusal.details?.[0] as Answers[Query];
  }
  // The session is with a worker of an older version, which knows only the query.
  return handle.query<Answers[Query], [string?]>(query, call);
}
