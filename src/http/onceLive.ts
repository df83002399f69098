/** A stream of whose past everything has been given waits for what comes: from then on its node may let the session wake it. */
import type { StreamEvents } from './answer';

export async function* onceLive(events: StreamEvents, then: () => void | Promise<void>): StreamEvents {
  for await (const event of events) {
    if (event === 'live') await then();
    yield event;
  }
}
