/** Reads a session's log from its beginning, run by run: for resumed streams, for people and for audits. */
import type { LogRef } from '../wire/logRef';
import type { Client } from '@temporalio/client';
import { Decoder } from './decode';
import type { StreamEvent } from './streamEvent';
import type { SessionEvent } from './history';
import { readPage, readPageAtHand, type Place, type Reading } from './read';
import { isNotFound } from './end';

export type Started = Extract<SessionEvent, { kind: 'started' }>;

/**
 * Bytes held for one reader, beside the event that exceeds the limit. Reading continues when the reader has
 * taken these.
 */
const MOST_KEPT_BYTES = 500_000;

export interface RunReading extends Reading {
  /** Selects the events that the reader needs; others are not held for it. Default: all. */
  readonly wants?: (event: StreamEvent) => boolean;
  /** Aborts when the reader has left. */
  readonly gone?: AbortSignal;
}

/** Reads one run from its start; with `wait`, until it closes. */
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
 * Reads from the start of `run` through all later runs to the session's end; with `wait`, until the session
 * has ended. @throws Error in one sentence if Temporal removes the history during the read
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
      if (event.kind === 'ended') return; // later events reach no client
      if (event.kind === 'continued') nextRun = event.nextRun;
    }
    run = nextRun;
  }
}

/**
 * The first event of a session, as far back as Temporal keeps runs: closed runs are removed after the
 * namespace's retention.
 */
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
