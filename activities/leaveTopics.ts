/** A session that ends takes itself out of what it is subscribed to: a resource's workflow ends with its last subscriber. */
import type { AppContext } from '../src/temporal/topic';
import { unsubscribe } from '../src/temporal/topic';

/** Each is a signal of its own. */
const AT_A_TIME = 10;

export interface LeaveTopics {
  readonly sessionId: string;
  readonly uris: readonly string[];
}

/** May be repeated. */
export async function leaveTopics(app: AppContext, { sessionId, uris }: LeaveTopics): Promise<void> {
  for (let from = 0; from < uris.length; from += AT_A_TIME) {
    const some = uris.slice(from, from + AT_A_TIME);
    await Promise.all(some.map((uri) => unsubscribe(app, uri, sessionId)));
  }
}
