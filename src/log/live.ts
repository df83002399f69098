/** A stream from now on. */
import type { StreamEvent } from './streamEvent';
import { isLast, joinedBy } from './stream';
import type { Subscription } from './subscription';

/**
 * Waits for the node's own signal in the log: after it, the log has the answer to the request. `undefined` if
 * the events end before.
 */
export async function findOwn<Kind extends 'request' | 'listening'>(
  live: Subscription,
  kind: Kind,
  connection: string,
): Promise<Extract<StreamEvent, { kind: Kind }> | undefined> {
  for await (const event of live) {
    if (event.kind === 'ended') return undefined;
    if (event.kind === kind && joinedBy(event) === connection)
      return event as Extract<StreamEvent, { kind: Kind }>;
  }
  return undefined;
}

export async function* remaining(live: Subscription): AsyncGenerator<StreamEvent | 'live', void, void> {
  yield 'live';
  for await (const event of live) {
    yield event;
    if (isLast(event)) return;
  }
}
