/** Reading a run's history page by page, by the raw call: only it says where the next read goes on. */
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { LogRef } from '../wire/logRef';
import { sessionEventOf, type SessionEvent, type HistoryEvent } from './history';
import { limiter } from '../shared/limiter';
import { bytesIn } from './weight';

interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * Temporal counts a page in transactions, of one event or several, so its bytes are only known when it is there: pages begin small, grow while
 * they have few bytes, and shrink after one that has many. Any size goes with any token. (`boundedResumes.test.ts`)
 */
const PAGE = { first: 8, most: 64, bytes: 1_000_000 };
/** Of a page that is known to be there. */
const DEADLINE_MS = 10_000;

export interface Page {
  /** The event that was read last, of any kind. */
  readonly lastEvent: number;
  /** Absent when the run has closed, or, without `wait`, when there is no more for now. */
  readonly next?: Place;
}

/** Where a read ended, and the next goes on. */
export interface Place {
  /** Opaque: Temporal's tokens are never built, only handed back. Absent at the run's start. */
  readonly token: Uint8Array | undefined;
  /** The event before the page. */
  readonly after: number;
  /** The last sessionEvent that was taken, where that is in the page itself: the rest of it is still to be read. */
  readonly taken: number;
  /** How large a page is asked for next. */
  readonly size: number;
}

export interface Reading {
  readonly ref: LogRef;
  readonly run: string;
  /** The `next` of the page before. Default: the run's start. */
  readonly from?: Place;
  /** Waits up to 20 s for something new instead of returning an end. */
  readonly wait: boolean;
  /** How large a page is asked for. Default: as the pages before say. */
  readonly size?: number;
}

/** Is given a sessionEvent; `false` if nothing more is to be read for now. */
export type Take = (sessionEvent: SessionEvent) => boolean;

/** Without a gap, from the event after `from` on. Facts are taken one by one, so that what nobody keeps is not kept here either. */
export async function readPage(client: Client, reading: Reading, take: Take): Promise<Page> {
  const { ref, run, from, wait } = reading;
  const { token, after = 0, taken = 0, size = PAGE.first } = from ?? {};
  const execution = { workflowId: ref.workflowId, runId: run };
  const response = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution,
    nextPageToken: token,
    maximumPageSize: reading.size ?? size,
    waitNewEvent: wait,
    skipArchival: true,
    historyEventFilterType: temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT,
  });
  const events = await whole(client, execution, after, response.history?.events ?? []);
  const nextSize = sizeAfter(size, bytesIn(events));
  for (const [i, event] of events.entries()) {
    const number = Number(event.eventId);
    const sessionEvent = await sessionEventOf(event, client.options.loadedDataConverter);
    if (!sessionEvent || number <= taken) continue;
    if (!take(sessionEvent) && i < events.length - 1)
      return { lastEvent: number, next: { token, after, taken: number, size: nextSize } };
  }
  const lastEvent = Number(events.at(-1)?.eventId ?? after);
  const { nextPageToken: more } = response;
  if (!more?.length) return { lastEvent };
  return { lastEvent, next: { token: more, after: lastEvent, taken, size: nextSize } };
}

/**
 * Bounds how many pages a node holds in memory: many readers may come at once, and a page can have megabytes. A turn ends with the page, and
 * never waits for a client to read.
 */
const perWorkflowLimiter = limiter(4);

/** A page that is known to be there, so that it holds its place among those of the node only for a moment. */
export const readPageAtHand = (client: Client, reading: Reading, take: Take): Promise<Page> =>
  perWorkflowLimiter('page', () =>
    client.connection.withDeadline(Date.now() + DEADLINE_MS, () => readPage(client, reading, take)),
  );

function sizeAfter(size: number, bytes: number): number {
  if (bytes > PAGE.bytes) return Math.max(1, Math.floor((size * PAGE.bytes) / bytes));
  return bytes < PAGE.bytes / 4 ? Math.min(size * 2, PAGE.most) : size;
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
      maximumPageSize: PAGE.first,
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
