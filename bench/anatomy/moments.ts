/** The moments of a call: the event times that Temporal writes, and the times of the request and the answer. */
import { tsToMs } from '@temporalio/common/lib/time';
import type { HistoryEvent } from 'durable-mcp/testing';
import { median } from '../stats';

/** Epoch milliseconds. */
export interface Moment {
  readonly title: string;
  readonly at: number;
}

export interface Phase {
  readonly title: string;
  /** The time since the previous moment; the median over the calls. */
  readonly ms: number;
}

/**
 * The moments of one call, in order. Temporal takes an event's time before it writes the event, so the write
 * counts in the next phase.
 */
export function momentsOf(events: HistoryEvent[], asked: number, answered: number): Moment[] {
  const moments = events.flatMap((event) => {
    const title = titleOf(event);
    return title === undefined ? [] : [{ title, at: tsToMs(event.eventTime) }];
  });
  return [
    { title: 'asked', at: asked },
    ...moments.filter(({ at }) => at < answered),
    { title: 'the answer has been read', at: answered },
  ];
}

function titleOf(event: HistoryEvent): string | undefined {
  if (event.workflowExecutionSignaledEventAttributes) return 'the signal is in the history';
  if (event.workflowTaskStartedEventAttributes) return 'a worker is given the workflow task';
  if (event.workflowTaskCompletedEventAttributes) return 'the workflow task is done';
  if (event.activityTaskCompletedEventAttributes) return 'the result is in the history';
  return undefined;
}

/**
 * The phases of the calls with the most frequent sequence of moments; only such calls can be compared moment
 * by moment.
 */
export function phasesOf(calls: Moment[][]): Phase[] {
  const ways = new Map<string, Moment[][]>();
  for (const moments of calls) {
    const way = moments.map(({ title }) => title).join();
    ways.set(way, [...(ways.get(way) ?? []), moments]);
  }
  const [most = []] = [...ways.values()].sort((a, b) => b.length - a.length);
  return (most[0] ?? []).slice(1).map(({ title }, index) => ({
    title,
    ms: median(most.map((moments) => (moments[index + 1]?.at ?? 0) - (moments[index]?.at ?? 0))),
  }));
}
