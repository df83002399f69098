/** How a request reaches its session: as a signal, which is durable when it returns; a short call's rather as an update, which is cheaper. */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { jsonBytes } from '../wire/bytes';
import type { Tail } from '../log/tail';
import { REQUEST_SIGNAL, SHORT_REQUEST_UPDATE, type RequestSignal } from '../wire/signals';
import { assertRoom } from './budget';
import type { ServiceContext } from './context';
import { signal } from './toTemporal';

/** Longer than a worker's first word of a call that is not short after all: a heartbeat of its workflow task, after 4 s. */
const TAKEN_WITHIN_MS = 6_000;
/** Temporal takes ten in a session at once, and tries the others again later and later. Another node may have as many. */
const MOST_UPDATES = 4;

/** It is written together with the answers of all short calls of a workflow task, which fill what Temporal takes at once. */
const MOST_BYTES = 4_000;

const updates = new WeakMap<Tail, number>();

/** It is in the log when this returns, unless its session has ended. @throws as {@link signal} */
export async function ask(context: ServiceContext, tail: Tail, request: RequestSignal): Promise<void> {
  assertRoom(tail);
  if (request.policy.short && (await isTaken(context, tail, request))) return;
  await signal<RequestSignal>(context, tail, REQUEST_SIGNAL, request);
}

/**
 * Not if the session cannot take it so, or nobody says in time whether it has: no worker lives, or it died. Then the signal may be the second
 * of this request, and its id tells the session so.
 */
async function isTaken(context: ServiceContext, tail: Tail, request: RequestSignal): Promise<boolean> {
  const underWay = updates.get(tail) ?? 0;
  if (underWay >= MOST_UPDATES || jsonBytes(request) > MOST_BYTES) return false;
  updates.set(tail, underWay + 1);
  const handle = context.client.workflow.getHandle(tail.ref.workflowId);
  const update = () =>
    handle.executeUpdate<undefined, [RequestSignal]>(SHORT_REQUEST_UPDATE, {
      args: [request],
      updateId: request.postId,
    });
  try {
    await context.client.connection.withDeadline(Date.now() + TAKEN_WITHIN_MS, update);
    return true;
  } catch (error) {
    const isExpected = error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError;
    if (!isExpected)
      context.log.debug(
        { session: tail.session.id, request: request.message.id, err: error },
        'a short call goes as a signal',
      );
    return false;
  } finally {
    updates.set(tail, (updates.get(tail) ?? 1) - 1);
  }
}
