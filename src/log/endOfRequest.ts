/** Finds out how a repeated request had ended before its repetition. */
import type { LogRef } from '../wire/logRef';
import type { Client } from '@temporalio/client';
import { Decoder } from './decode';
import type { StreamEvent } from './streamEvent';
import { readRun } from './readLog';
import { concerns, isLast } from './stream';

export interface Again {
  /** The run in which the request's stream begins. */
  readonly run: string;
  readonly stream: string;
  /** The POST that repeats the request. */
  readonly postId: string;
}

export interface EndOfRequest {
  readonly time: Date;
  /** The POSTs of the request before the repetition. */
  readonly posts: readonly string[];
}

/** `undefined` if the call was still running. @throws if Temporal does not keep the run any more */
export async function endOfRequest(
  client: Client,
  ref: LogRef,
  { run: first, stream, postId }: Again,
): Promise<EndOfRequest | undefined> {
  const posts: string[] = [];
  let end: Date | undefined;
  const wants = (event: StreamEvent) =>
    event.kind === 'continued' || (concerns(event, stream) && (event.kind === 'request' || isLast(event)));
  for (let run: string | undefined = first; run !== undefined;) {
    let next: string | undefined;
    for await (const event of readRun(client, { ref, run, wait: false, wants }, new Decoder())) {
      if (event.kind === 'continued') next = event.nextRun;
      else if (event.kind !== 'request') end ??= event.time;
      else if (event.postId !== postId) posts.push(event.postId);
      else return end && { time: end, posts };
    }
    run = next;
  }
  return end && { time: end, posts };
}
