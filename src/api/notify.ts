/**
 * Notifications to clients outside of their calls: from any handler of any session, or from any other
 * process.
 */
import { WorkflowNotFoundError } from '@temporalio/common';
import { runningSessionsOf } from '../wire/session';
import { NOTIFY_SIGNAL, type NotifySignal } from '../wire/signals';
import { resolveTemporal, operationId } from './appContext';
import type { SharedOptions } from './sharedOptions';
import type { AppContext } from '../temporal/appContext';
import { updated } from '../temporal/topic';

/** The number of sessions that are notified concurrently. */
const AT_A_TIME = 20;

/**
 * Notifies every session that is subscribed to exactly this URI of a change of the resource: at the node
 * where its client listens, or when the client reconnects. Durable when it resolves. In a handler, a retried
 * attempt does not notify again. Updates that follow each other faster than a session can be notified are
 * merged into one.
 */
export async function notifyResourceUpdated(uri: string, options?: SharedOptions): Promise<void> {
  const id = operationId(`updated ${uri}`);
  await updated(await resolveTemporal(options), uri, id);
}

/**
 * Notifies every session of the app, once, that the app has other tools, prompts or resources than before.
 * Sessions that were opened when the app had none of the kind are left out, since their clients do not expect
 * it (specification 2025-11-25, lifecycle). Sessions that were opened in the last second or so may be missed,
 * since Temporal lists them a little later; they have hardly read the old list.
 *
 * @throws Error if a session could not be notified; call it again for the rest.
 */
export async function notifyListChanged(
  kind: 'tools' | 'prompts' | 'resources',
  options?: SharedOptions,
): Promise<void> {
  const id = operationId(`${kind} changed`);
  const there = await resolveTemporal(options);
  const method = `notifications/${kind}/list_changed`;
  const payload: NotifySignal = { id, message: { jsonrpc: '2.0', method } };
  const failures: unknown[] = [];
  const sessions = sessionsOf(there);
  const tellSome = async () => {
    for await (const { workflowId } of sessions)
      await there.client
        .getHandle(workflowId)
        .signal<[NotifySignal]>(NOTIFY_SIGNAL, payload)
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowNotFoundError)) failures.push(error);
        });
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, tellSome));
  if (failures.length > 0) {
    throw new Error(
      `${failures.length} sessions could not be told of ${method}; call notifyListChanged again.`,
      {
        cause: failures[0],
      },
    );
  }
}

/** The running sessions. All consumers share one iterator, so that each session is notified once. */
function sessionsOf({ client, taskQueue }: AppContext) {
  const iterator = client.list({ query: runningSessionsOf(taskQueue) })[Symbol.asyncIterator]();
  return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) };
}
