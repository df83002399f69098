/** What the log has said of its session so far. */
import type { JSONRPCMessage, LoggingLevel } from '../protocol/mcp';
import type { SessionInfo } from '../protocol/session';
import { withState } from '../protocol/sessionState';
import type { LogEvent } from './event';
import type { Fact } from './history';

export class Known {
  /** There once the log's first event has been learnt. */
  session!: SessionInfo;
  idleTtlMs = 0;
  logLevel: LoggingLevel | undefined;
  /** The client has said so. */
  initialized = false;
  /** When the client was last heard; epoch milliseconds. */
  heardAt = 0;
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

  protected hear(fact: Fact): void {
    this.heardAt = Math.max(this.heardAt, heardAt(fact));
  }
}

const isInitialized = (message: JSONRPCMessage): boolean =>
  'method' in message && message.method === 'notifications/initialized';

/** The time of the client's last word that a fact tells of. */
function heardAt(fact: Fact): number {
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
      return 0;
  }
}
