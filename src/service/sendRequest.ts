/**
 * Sends a request to its session: as an update, which is cheaper, if its call begins inline; otherwise as a
 * signal, which is durable when the RPC returns.
 */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { jsonBytes } from '../wire/bytes';
import type { Tail } from '../log/tail';
import { REQUEST_SIGNAL, SHORT_REQUEST_UPDATE, type RequestSignal } from '../wire/signals';
import { assertBudget } from './budget';
import type { ServiceContext } from './context';
import { signal } from './toTemporal';

/** Longer than a workflow task, so that one lost worker does not make the request come twice. */
const ACCEPTED_WITHIN_MS = 6_000;
/** Both ways together. */
const SENT_WITHIN_MS = 10_000;
/**
 * Temporal accepts 10 updates of a workflow in flight and retries further ones with growing delays. Another
 * node may have as many.
 */
const MOST_UPDATES = 4;

/**
 * The request is written together with the answers of all inline calls of one workflow task, and those may
 * fill Temporal's limit.
 */
const MOST_BYTES = 4_000;

/**
 * After a request that no worker has accepted in time, the session's next ones go as signals for so long.
 * (`crowdedSession.test.ts`)
 */
const PAUSED_FOR_MS = 10_000;

/** The updates of one session. */
interface Updates {
  underWay: number;
  /** In the time of `performance.now()`. */
  pausedUntil: number;
}

const updatesOf = new WeakMap<Tail, Updates>();

/** The request is in the log when this resolves, unless its session has ended. @throws as {@link signal} */
export async function sendRequest(
  context: ServiceContext,
  tail: Tail,
  request: RequestSignal,
): Promise<void> {
  assertBudget(tail);
  const until = Date.now() + SENT_WITHIN_MS;
  if (request.policy.inlineFirst && (await isAcceptedAsUpdate(context, tail, request))) return;
  await signal<RequestSignal>(context, tail, REQUEST_SIGNAL, request, until);
}

/**
 * Returns `false` if too many updates are in flight, the request is large, the session refuses the update, or
 * no answer comes in time because no worker is alive, for this request or for one just before. The caller then
 * sends the request as a signal; if the update arrived after all, the session recognizes the duplicate by its
 * id.
 */
async function isAcceptedAsUpdate(
  context: ServiceContext,
  tail: Tail,
  request: RequestSignal,
): Promise<boolean> {
  const updates = updatesOf.get(tail) ?? { underWay: 0, pausedUntil: 0 };
  updatesOf.set(tail, updates);
  const isPaused = performance.now() < updates.pausedUntil;
  if (isPaused || updates.underWay >= MOST_UPDATES || jsonBytes(request) > MOST_BYTES) return false;
  updates.underWay += 1;
  const handle = context.client.workflow.getHandle(tail.ref.workflowId);
  const update = () =>
    handle.executeUpdate<undefined, [RequestSignal]>(SHORT_REQUEST_UPDATE, {
      args: [request],
      updateId: request.postId,
    });
  try {
    await context.client.connection.withDeadline(Date.now() + ACCEPTED_WITHIN_MS, update);
    return true;
  } catch (error) {
    const isExpected = error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError;
    if (isExpected) return false;
    updates.pausedUntil = performance.now() + PAUSED_FOR_MS;
    context.log.debug(
      { session: tail.session.id, request: request.message.id, err: error },
      'a request goes as a signal',
    );
    return false;
  } finally {
    updates.underWay -= 1;
  }
}
