/** Observes whether an app reads the session's state: only then can its answer depend on the state. */
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
