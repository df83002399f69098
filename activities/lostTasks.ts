/**
 * Whether a worker has died in the middle of a session's workflow task. Such a task is given out again, with the
 * calls that had begun in it, and only the history tells: the number of the present try begins anew with each
 * signal that comes in between. (`inlineFirst.test.ts`)
 */
import type { Info } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { requiredTsToDate } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';

const { TIMEOUT_TYPE_START_TO_CLOSE } = temporal.api.enums.v1.TimeoutType;
/** The end of the history that is looked at: a lost task has three events, and its signals may follow. */
const EVENTS = 100;

type Event = temporal.api.history.v1.IHistoryEvent;

/** Whether a task was lost that had started at `sinceMs` (epoch milliseconds) or later. */
export async function hasLostTask(
  { workflowService, options: { namespace } }: Client,
  { workflowExecution: execution }: Info,
  sinceMs: number,
): Promise<boolean> {
  const page = { namespace, execution, maximumPageSize: EVENTS };
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse(page);
  const events = history?.events ?? [];
  const oldest = events.at(-1);
  if (!oldest || (Number(oldest.eventId) > 1 && timeOf(oldest) >= sinceMs)) return true; // perhaps further back
  const startOf = (id: Event['eventId']) => events.find(({ eventId }) => String(eventId) === String(id));
  if (isLost(events.find(endsTask))) return true; // the present task is a further try, of which only the first stands here
  return events.some((event) => {
    const lost = lostTask(event);
    const start = lost && startOf(lost.startedEventId);
    return lost && (!start || timeOf(start) >= sinceMs);
  });
}

const timeOf = ({ eventTime }: Event): number => requiredTsToDate(eventTime, 'eventTime').getTime();

const endsTask = (event: Event): boolean =>
  event.workflowTaskCompletedEventAttributes != null || lostTask(event) != null;
const isLost = (event: Event | undefined): boolean => event !== undefined && lostTask(event) != null;

function lostTask({
  workflowTaskTimedOutEventAttributes: timedOut,
  workflowTaskFailedEventAttributes,
}: Event) {
  if (timedOut?.timeoutType === TIMEOUT_TYPE_START_TO_CLOSE) return timedOut;
  return workflowTaskFailedEventAttributes;
}
