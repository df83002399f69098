/**
 * Reads a run's history page by page with the raw RPC, the only one that returns the token of the next page.
 */
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
 * Temporal measures a page in transactions of one or several events, so its bytes are known only after
 * reading. Page sizes start small, grow while pages have few bytes, and shrink after a page with many. Any
 * size works with any token. (`boundedResumes.test.ts`)
 */
const PAGE = { first: 8, most: 64, bytes: 1_000_000 };
/** Deadline for a page that Temporal is known to have. */
const DEADLINE_MS = 10_000;

export interface Page {
  /** The last event read, of any kind. */
  readonly lastEvent: number;
  /** Absent if the run has closed or, without `wait`, if there are no more events now. */
  readonly next?: Place;
}

/** The position of the next read. */
export interface Place {
  /** Temporal's opaque page token. Absent at the run's start. */
  readonly token: Uint8Array | undefined;
  /** The last event before the page. */
  readonly after: number;
  /** The last session event taken from this page; the rest of the page is to be read again. */
  readonly taken: number;
  /** The size of the next page. */
  readonly size: number;
}

export interface Reading {
  readonly ref: LogRef;
  readonly run: string;
  /** The `next` of the previous page. Default: the run's start. */
  readonly from?: Place;
  /** Waits up to 20 s for new events instead of returning the end. */
  readonly wait: boolean;
  /** The page size. Default: adapted to the previous pages. */
  readonly size?: number;
}

/** Gets one session event; returns `false` to stop reading for now. */
export type Take = (sessionEvent: SessionEvent) => boolean;

/**
 * Reads one page after `from`, without gaps. Session events are handed over one by one, so that events which
 * the reader drops are not held here.
 */
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
 * Bounds how many pages a node holds in memory: many readers may come at once, and a page can have megabytes.
 * A turn ends with the page and never waits for a client.
 */
const pageLimiter = limiter(4);

/** Reads a page that Temporal is known to have, so that it occupies the limiter only for a moment. */
export const readPageAtHand = (client: Client, reading: Reading, take: Take): Promise<Page> =>
  pageLimiter('page', () =>
    client.connection.withDeadline(Date.now() + DEADLINE_MS, () => readPage(client, reading, take)),
  );

function sizeAfter(size: number, bytes: number): number {
  if (bytes > PAGE.bytes) return Math.max(1, Math.floor((size * PAGE.bytes) / bytes));
  return bytes < PAGE.bytes / 4 ? Math.min(size * 2, PAGE.most) : size;
}

/**
 * Adds the events that Temporal left out of a page. Since 1.31, if more than a page is written while Temporal
 * reads the last page of a run, it returns one page of that and a token for the events after all of it
 * (`fetchGapEvents` in its service/history/api/getworkflowexecutionhistory). Event numbers that go back are
 * no gap: a retried workflow task uses its numbers twice. (`burst.test.ts`)
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

/**
 * Reads the events between two events of the log. No token leads to them, so they are read backwards from the
 * log's end, which is near.
 */
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
