/** A stream from now on. */
import type { StreamEvent } from './streamEvent';
import { sessionNotFound } from '../mcp/refusal';
import type { Tail } from './tail';
import { isLast, joinedBy } from './stream';
import type { Subscription } from './subscription';

/**
 * Waits for the node's own signal in the log: after it, the log has the answer to the request. `undefined` if
 * the reader has left before. @throws Refusal 404 if the session has ended before
 */
export async function findOwn<Kind extends 'request' | 'listening'>(
  tail: Tail,
  live: Subscription,
  kind: Kind,
  connection: string,
): Promise<Extract<StreamEvent, { kind: Kind }> | undefined> {
  for await (const event of live) {
    if (event.kind === 'ended') break;
    if (event.kind === kind && joinedBy(event) === connection)
      return event as Extract<StreamEvent, { kind: Kind }>;
  }
  if (tail.ended) throw sessionNotFound();
  return undefined;
}

export async function* remaining(live: Subscription): AsyncGenerator<StreamEvent | 'live', void, void> {
  yield 'live';
  for await (const event of live) {
    yield event;
    if (isLast(event)) return;
  }
}
