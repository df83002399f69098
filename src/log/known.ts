/** What the log has said of its session so far. */
import type { JSONRPCMessage, LoggingLevel } from '../protocol/mcp';
import type { SessionInfo } from '../protocol/session';
import { withState } from '../protocol/sessionState';
import type { LogEvent } from './event';
import type { Fact } from './history';
import { hasJustBeenWritten, monotonicOf } from './temporalClock';

export class Known {
  /** There once the log's first event has been learnt. */
  session!: SessionInfo;
  idleTtlMs = 0;
  logLevel: LoggingLevel | undefined;
  /** The client has said so. */
  initialized = false;
  /** When the client was last heard, on the clock that nobody sets. */
  heardAt = -Infinity;
  /** The session is over. */
  ended = false;

  protected learn(event: LogEvent): void {
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

  /** `isLive`: the fact was read as it was written. */
  protected hear(fact: Fact, isLive: boolean): void {
    if (isLive) hasJustBeenWritten(fact.time);
    const at = heardAt(fact);
    if (at !== undefined) this.heardAt = Math.max(this.heardAt, monotonicOf(at));
  }
}

const isInitialized = (message: JSONRPCMessage): boolean =>
  'method' in message && message.method === 'notifications/initialized';

/** The time of the client's last word that a fact tells of, on Temporal's clock. */
function heardAt(fact: Fact): number | undefined {
  switch (fact.kind) {
    case 'started':
      return fact.input.carried?.lastHeardAt ?? fact.time.getTime();
    case 'request':
    case 'clientMessage':
    case 'logLevel':
    case 'listen':
    case 'await':
    case 'heard':
      return fact.time.getTime();
    default:
      return undefined;
  }
}
