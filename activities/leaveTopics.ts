/** Unsubscribes an ended session from its resources: a resource's workflow ends with its last subscriber. */
import type { AppContext } from '../src/temporal/appContext';
import { unsubscribe } from '../src/temporal/topic';

/** Concurrent unsubscriptions, each of which is a signal. */
const AT_A_TIME = 10;

export interface LeaveTopics {
  readonly sessionId: string;
  readonly uris: readonly string[];
}

/** Idempotent. */
export async function leaveTopics(app: AppContext, { sessionId, uris }: LeaveTopics): Promise<void> {
  for (let from = 0; from < uris.length; from += AT_A_TIME) {
    const batch = uris.slice(from, from + AT_A_TIME);
    await Promise.all(batch.map((uri) => unsubscribe(app, uri, sessionId)));
  }
}
