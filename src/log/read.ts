/** Reading a run's history page by page, by the raw call: only it says where the next read goes on. */
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { workflowIdOf } from '../protocol/session';
import { factOf, type Fact } from './history';

/** Bounds what a page of large results takes in memory. */
const PAGE_EVENTS = 64;

export interface Page {
  readonly facts: Fact[];
  /** The highest event number read, of any kind of event. */
  readonly lastEvent: number;
  /** Absent when the run has closed, or, without `wait`, when there is no more for now. */
  readonly next?: Uint8Array;
}

export interface Reading {
  readonly sessionId: string;
  readonly run: string;
  /** The `next` of the page before; absent for the run's start. Opaque: Temporal's tokens are never built, only handed back. */
  readonly token?: Uint8Array;
  /** Waits up to 20 s for something new instead of returning an end. */
  readonly wait: boolean;
  /** At most so many events. */
  readonly most?: number;
}

export async function readPage(
  client: Client,
  { sessionId, run, token, wait, most = PAGE_EVENTS }: Reading,
): Promise<Page> {
  const response = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: workflowIdOf(sessionId), runId: run },
    nextPageToken: token,
    maximumPageSize: most,
    waitNewEvent: wait,
    skipArchival: true,
    historyEventFilterType: temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT,
  });
  const events = response.history?.events ?? [];
  const facts: Fact[] = [];
  for (const event of events) {
    const fact = await factOf(event, client.options.loadedDataConverter);
    if (fact) facts.push(fact);
  }
  return {
    facts,
    lastEvent: Number(events.at(-1)?.eventId ?? 0),
    next: response.nextPageToken?.length ? response.nextPageToken : undefined,
  };
}
