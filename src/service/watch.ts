/** Whether what an app makes for a session can depend on the session's state: it can if the app has looked at it. */
import type { SessionInfo } from '../wire/sessionInfo';

export interface Watched {
  readonly session: SessionInfo;
  looked: boolean;
}

export function watch(session: SessionInfo): Watched {
  const watched = { session: { ...session }, looked: false };
  Object.defineProperty(watched.session, 'state', {
    enumerable: true,
    get() {
      watched.looked = true;
      return session.state;
    },
  });
  return watched;
}
