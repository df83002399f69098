/**
 * The subscribers of one resource, and their notification. The workflow begins with the first subscriber and
 * ends with the last.
 *
 * An update only says that the resource may be read again, so a session that has not got one update yet gets
 * the next in its place. A session that cannot be reached for a while thus delays no other, and no updates
 * pile up for it.
 */
import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  setDefaultSignalHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ResourceInput, SubscriberSignal, UpdatedSignal } from '../src/wire/resource';
import { SUBSCRIBE_SIGNAL, UNSUBSCRIBE_SIGNAL, UPDATED_SIGNAL } from '../src/wire/resource';
import { workflowIdOf } from '../src/wire/session';
import { fitsSignal } from '../src/wire/shapes';
import { NOTIFY_SIGNAL, type NotifySignal } from '../src/wire/signals';
import { skip } from './handlers';

/** Temporal allows 2,000 pending signals to other workflows. */
const AT_A_TIME = 200;
/**
 * All subscribers must fit into the 2 MiB that one run can hand to the next. The oldest is dropped first: it
 * may have ended long ago.
 */
const MAXIMUM_SUBSCRIBERS = 10_000;
/** Number of updates remembered, so that an update that is sent again after a failure is delivered once. */
const REMEMBERED = 1_000;

export async function mcpResource({ uri, carried }: ResourceInput): Promise<void> {
  const subscribers = new Set(carried?.subscribers);
  const updates = new Set(carried?.updates);
  /** By session: the next update to deliver. */
  const untold = new Map<string, string>();
  const notifying = new Set<string>();
  carried?.untold.forEach(([id, sessionIds]) => {
    sessionIds.forEach((sessionId) => untold.set(sessionId, id));
  });

  const mayContinueAsNew = () => workflowInfo().continueAsNewSuggested;

  function notifyNext(): void {
    for (const [sessionId, id] of untold) {
      if (notifying.size >= AT_A_TIME || mayContinueAsNew()) return;
      if (notifying.has(sessionId)) continue;
      untold.delete(sessionId);
      notifying.add(sessionId);
      void notify(sessionId, id).finally(() => {
        notifying.delete(sessionId);
        notifyNext();
      });
    }
  }

  async function notify(sessionId: string, id: string): Promise<void> {
    const message = { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } } as const;
    try {
      await getExternalWorkflowHandle(workflowIdOf(sessionId)).signal<[NotifySignal]>(NOTIFY_SIGNAL, {
        id,
        message,
      });
    } catch (error) {
      if (hasEnded(error)) forget(sessionId);
      else log.warn('a session could not be told of an update', { sessionId, uri, error });
    }
  }

  function forget(sessionId: string): void {
    subscribers.delete(sessionId);
    untold.delete(sessionId);
  }

  // One handler for all signals: signals from before a run's first task are then handled in their order, and
  // a session that unsubscribed and subscribed again stays subscribed.
  setDefaultSignalHandler((name, payload) => {
    if (name !== SUBSCRIBE_SIGNAL && name !== UNSUBSCRIBE_SIGNAL && name !== UPDATED_SIGNAL) return;
    if (!fitsSignal(name, payload)) return skip(name);
    if (name === UPDATED_SIGNAL) return update((payload as UpdatedSignal).id);
    const { sessionId } = payload as SubscriberSignal;
    if (name === UNSUBSCRIBE_SIGNAL) return forget(sessionId);
    subscribers.add(sessionId);
    const [oldest] = subscribers;
    if (subscribers.size > MAXIMUM_SUBSCRIBERS && oldest !== undefined) forget(oldest);
  });

  function update(id: string): void {
    if (updates.has(id)) return;
    updates.add(id);
    const [oldest] = updates;
    if (updates.size > REMEMBERED && oldest !== undefined) updates.delete(oldest);
    subscribers.forEach((sessionId) => untold.set(sessionId, id));
    notifyNext();
  }

  notifyNext();
  await condition(() => notifying.size === 0 && (subscribers.size === 0 || mayContinueAsNew()));
  if (subscribers.size === 0) return;
  await continueAsNew<typeof mcpResource>({
    uri,
    carried: { subscribers: [...subscribers], updates: [...updates], untold: byId(untold) },
  });
}

/** Writes each id once, since there are many sessions and few ids. */
function byId(untold: ReadonlyMap<string, string>): [id: string, sessionIds: string[]][] {
  const sessions = new Map<string, string[]>();
  for (const [sessionId, id] of untold) {
    const same = sessions.get(id);
    if (same) same.push(sessionId);
    else sessions.set(id, [sessionId]);
  }
  return [...sessions];
}

/**
 * Temporal gives the reason only as text. The other reason is that the session's run accepts no more signals.
 */
const hasEnded = (error: unknown): boolean => error instanceof Error && /not found/.test(error.message);
