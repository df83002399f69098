/**
 * Resumes a stream from any place in the log: first the past events, then the live ones, without gaps or
 * repetitions. The live subscription begins before the reading of the past; an event that both have is
 * yielded once.
 */
import type { Client } from '@temporalio/client';
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { callOfStream, type Position, type StreamId } from '../wire/eventId';
import { Decoder } from './decode';
import type { StreamEvent } from './streamEvent';
import { readPage } from './read';
import { readRun } from './readLog';
import { concerns, isLast, isOfConnection, joinedBy } from './stream';
import type { Reader } from './subscription';
import { isNotFound } from './end';
import type { Tail } from './tail';

export interface From extends Position {
  readonly stream: StreamId;
}

/**
 * Yields the stream's events after `from`, and `live` once, where the past ends. Returns after the stream's
 * last event, or when the reader has left. Events about connections count only after `own`, the POST or GET
 * that joins the stream, by its id in the log. @throws Refusal 400 if `from` is no place in this session's
 * log
 */
export async function* resume(
  client: Client,
  tail: Tail,
  from: From,
  reader: Reader,
  own?: string,
): AsyncGenerator<StreamEvent | 'live', void, void> {
  const live = tail.subscribe(from.stream, reader);
  try {
    let joined = false;
    const read = new Map<string, number>();
    for (let run: string | undefined = from.run; run !== undefined;) {
      const decoder = new Decoder();
      let nextRun: string | undefined;
      const { ref } = tail;
      const wants = (event: StreamEvent) => event.kind === 'continued' || isFor(event, from);
      const past = readRun(client, { ref, run, wait: false, wants, gone: reader.gone }, decoder);
      for await (const event of orUnknown(past)) {
        read.set(run, event.event);
        if (event.kind === 'continued') nextRun = event.nextRun;
        if (!isFor(event, from)) continue;
        if (isOfConnection(event) && !joined) {
          joined = own !== undefined && joinedBy(event) === own;
          continue;
        }
        if (isAfter(event, from)) yield event;
        if (isLast(event)) return;
      }
      if (reader.gone.aborted) return;
      if (run === from.run) assertKnown(decoder, from.stream);
      if (nextRun !== undefined) read.set(run, Infinity);
      run = nextRun;
    }
    yield 'live';
    for await (const event of live) {
      if (event.event <= (read.get(event.run) ?? 0)) continue;
      yield event;
      if (isLast(event)) return;
    }
  } finally {
    live.close();
  }
}

/**
 * Whether the event matters for the resumed stream. Of the events before `from`, only those about connections
 * and the last event do.
 */
const isFor = (event: StreamEvent, from: From): boolean =>
  concerns(event, from.stream) && (isAfter(event, from) || isOfConnection(event) || isLast(event));

export const isAfter = (event: Position, from: Position): boolean =>
  event.run !== from.run ||
  event.event > from.event ||
  (event.event === from.event && event.part > from.part);

async function* orUnknown(past: AsyncGenerator<StreamEvent>): AsyncGenerator<StreamEvent> {
  try {
    yield* past;
  } catch (error) {
    throw isNotFound(error) ? unknownEventId() : error;
  }
}

/** @throws Refusal 400 if the place is in no run of this session */
export async function assertPlace(client: Client, tail: Tail, { run }: Position): Promise<void> {
  const reading = { ref: tail.ref, run, wait: false, size: 1 };
  await readPage(client, reading, () => false).catch((error: unknown) => {
    throw isNotFound(error) ? unknownEventId() : error;
  });
}

function assertKnown(decoder: Decoder, stream: StreamId): void {
  const call = callOfStream(stream);
  if (call !== undefined && !decoder.knows(call)) throw unknownEventId();
}

const unknownEventId = (): Refusal =>
  new Refusal(
    400,
    RpcCode.badTransport,
    'The Last-Event-ID names no event of this session, or one whose history is no longer kept; repeat the request instead.',
  );
