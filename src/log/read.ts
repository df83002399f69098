/** Reading a run's history page by page, by the raw call: only it says where the next read goes on. */
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { workflowIdOf } from '../protocol/session';
import { factOf, type Fact, type HistoryEvent } from './history';

interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

/** Bounds what a page of large results takes in memory. */
const PAGE_EVENTS = 64;

export interface Page {
  readonly facts: Fact[];
  /** The event that was read last, of any kind. */
  readonly lastEvent: number;
  /** Absent when the run has closed, or, without `wait`, when there is no more for now. */
  readonly next?: Place;
}

/** Where a read ended, and the next goes on. */
export interface Place {
  /** Opaque: Temporal's tokens are never built, only handed back. */
  readonly token: Uint8Array;
  /** The event that was read last. */
  readonly after: number;
}

export interface Reading {
  readonly sessionId: string;
  readonly run: string;
  /** The `next` of the page before. Default: the run's start. */
  readonly from?: Place;
  /** Waits up to 20 s for something new instead of returning an end. */
  readonly wait: boolean;
  /** At most so many events, where Temporal has left none out. */
  readonly most?: number;
}

/** Without a gap, from the event after `from` on. */
export async function readPage(
  client: Client,
  { sessionId, run, from, wait, most = PAGE_EVENTS }: Reading,
): Promise<Page> {
  const execution = { workflowId: workflowIdOf(sessionId), runId: run };
  const response = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution,
    nextPageToken: from?.token,
    maximumPageSize: most,
    waitNewEvent: wait,
    skipArchival: true,
    historyEventFilterType: temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT,
  });
  const after = from?.after ?? 0;
  const events = await whole(client, execution, after, response.history?.events ?? []);
  const facts: Fact[] = [];
  for (const event of events) {
    const fact = await factOf(event, client.options.loadedDataConverter);
    if (fact) facts.push(fact);
  }
  const lastEvent = Number(events.at(-1)?.eventId ?? after);
  const { nextPageToken: token } = response;
  return { facts, lastEvent, next: token?.length ? { token, after: lastEvent } : undefined };
}

/**
 * What was read, with what Temporal left out: since 1.31, where more than a page is written while it reads the last page of a run,
 * it returns one page of that and a token for the events after all of it (`fetchGapEvents` in its
 * service/history/api/getworkflowexecutionhistory). Numbers that go back are no gap: those of a workflow task that was tried
 * again are used twice. (`burst.test.ts`)
 */
async function whole(
  client: Client,
  execution: Execution,
  after: number,
  events: HistoryEvent[],
): Promise<HistoryEvent[]> {
  const all: HistoryEvent[] = [];
  let last = after;
  for (const event of events) {
    const number = Number(event.eventId);
    if (number > last + 1) all.push(...(await readBetween(client, execution, last, number)));
    all.push(event);
    last = number;
  }
  return all;
}

/** The events between two that are in the log. Read from the log's end, which they are near: no token leads to them. */
async function readBetween(
  client: Client,
  execution: Execution,
  after: number,
  before: number,
): Promise<HistoryEvent[]> {
  const between: HistoryEvent[] = [];
  let token: Uint8Array | undefined;
  do {
    const response = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution,
      nextPageToken: token,
      maximumPageSize: PAGE_EVENTS,
    });
    for (const event of response.history?.events ?? []) {
      const number = Number(event.eventId);
      if (number <= after) return between.reverse();
      if (number < before) between.push(event);
    }
    token = response.nextPageToken?.length ? response.nextPageToken : undefined;
  } while (token);
  return between.reverse();
}
