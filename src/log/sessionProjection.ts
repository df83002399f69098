/** The state of a session according to its log so far. */
import { isInitialized, type LoggingLevel } from '../wire/messages';
import type { SessionInfo } from '../wire/sessionInfo';
import { withState } from '../model/sessionState';
import type { StreamEvent } from './streamEvent';
import type { SessionEvent } from './history';
import { hasJustBeenWritten, monotonicOf } from './temporalClock';

export class SessionProjection {
  /** Set by the log's first event. */
  session!: SessionInfo;
  idleTtlMs = 0;
  logLevel: LoggingLevel | undefined;
  /** The client has sent `notifications/initialized`. */
  initialized = false;
  /** Time of the client's last activity, by the monotonic clock (`performance.now()`). */
  lastSeenAt = -Infinity;
  /** The session is over. */
  ended = false;

  protected learn(event: StreamEvent): void {
    switch (event.kind) {
      case 'session':
        this.session = event.input.session;
        this.idleTtlMs = event.input.idleTtlMs;
        this.logLevel = event.input.carried?.logLevel;
        this.initialized ||= event.input.carried?.initialized ?? false;
        break;
      case 'notified':
        if (isInitialized(event.message)) this.initialized = true;
        break;
      case 'logLevel':
        this.logLevel = event.level;
        break;
      case 'state':
        this.session = { ...this.session, state: withState(this.session.state, event.key, event.value) };
        break;
      case 'ended':
        this.ended = true;
    }
  }

  /** `isLive`: the session event was read as it was written. */
  protected noteActivity(sessionEvent: SessionEvent, isLive: boolean): void {
    if (isLive) hasJustBeenWritten(sessionEvent.time);
    const at = lastSeenAt(sessionEvent);
    if (at !== undefined) this.lastSeenAt = Math.max(this.lastSeenAt, monotonicOf(at));
  }
}

/** The time of the client activity that a session event shows, on Temporal's clock. */
function lastSeenAt(sessionEvent: SessionEvent): number | undefined {
  switch (sessionEvent.kind) {
    case 'started':
      return sessionEvent.input.carried?.lastHeardAt ?? sessionEvent.time.getTime();
    case 'request':
    case 'clientMessage':
    case 'logLevel':
    case 'listen':
    case 'await':
    case 'heard':
      return sessionEvent.time.getTime();
    default:
      return undefined;
  }
}
