/** A session's log from its beginning, run by run: what streams are resumed from, and what people and auditors read. */
import type { LogRef } from '../wire/logRef';
import type { Client } from '@temporalio/client';
import { Decoder } from './decode';
import type { StreamEvent } from './streamEvent';
import type { SessionEvent } from './history';
import { readPage, readPageAtHand, type Place, type Reading } from './read';
import { isNotFound } from './end';

export type Started = Extract<SessionEvent, { kind: 'started' }>;

/** What may wait for one reader, beside the event that goes beyond it: more is read when this has been taken. */
const MOST_KEPT_BYTES = 500_000;

export interface RunReading extends Reading {
  /** What the reader wants of the run; nothing else is kept for it. Default: everything. */
  readonly wants?: (event: StreamEvent) => boolean;
  /** Aborts when the reader has gone. */
  readonly gone?: AbortSignal;
}

/** One run from its start; with `wait` until it closes. */
export async function* readRun(
  client: Client,
  { wants = () => true, gone, ...reading }: RunReading,
  decoder: Decoder,
): AsyncGenerator<StreamEvent> {
  const read = reading.wait ? readPage : readPageAtHand;
  let from: Place | undefined;
  do {
    const kept: StreamEvent[] = [];
    let bytes = 0;
    const page = await read(client, { ...reading, from }, (sessionEvent) => {
      const wanted = decoder.decode(sessionEvent).filter(wants);
      kept.push(...wanted);
      if (wanted.length > 0) bytes += sessionEvent.bytes;
      return bytes < MOST_KEPT_BYTES;
    });
    for (let event = kept.shift(); event; event = kept.shift()) yield event;
    from = page.next;
  } while (from && !gone?.aborted);
}

/**
 * From the start of `run` through all that came after it, up to the session's end; with `wait` it lasts until then.
 * @throws Error in one sentence if Temporal removes what is being read
 */
export async function* readLog(client: Client, reading: Reading): AsyncGenerator<StreamEvent> {
  try {
    yield* readRuns(client, reading);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new Error(
      `Temporal removed a part of the session ${reading.ref.id} during the read; read it again.`,
    );
  }
}

async function* readRuns(client: Client, reading: Reading): AsyncGenerator<StreamEvent> {
  for (let run: string | undefined = reading.run; run !== undefined;) {
    let nextRun: string | undefined;
    for await (const event of readRun(client, { ...reading, run }, new Decoder())) {
      yield event;
      if (event.kind === 'ended') return; // what comes after it reaches nobody
      if (event.kind === 'continued') nextRun = event.nextRun;
    }
    run = nextRun;
  }
}

/** How a session began, as far back as Temporal keeps it: closed runs go after the namespace's retention. */
export async function readStart(
  client: Client,
  ref: LogRef,
  { firstRun, lastRun }: { firstRun: string; lastRun: string },
): Promise<Started> {
  const first = await readStarted(client, ref, firstRun);
  if (first) return first;
  let oldest: Started | undefined;
  for (let run: string | undefined = lastRun; run !== undefined; run = oldest?.previous) {
    const started = await readStarted(client, ref, run);
    if (!started) break;
    oldest = started;
  }
  if (!oldest) throw new Error(`The log of the session ${ref.id} is no longer kept by Temporal.`);
  return oldest;
}

async function readStarted(client: Client, ref: LogRef, run: string): Promise<Started | undefined> {
  try {
    let started: Started | undefined;
    await readPage(client, { ref, run, wait: false, size: 1 }, (sessionEvent) => {
      if (sessionEvent.kind === 'started') started = sessionEvent;
      return started === undefined;
    });
    return started;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
