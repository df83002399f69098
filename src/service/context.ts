/** What the parts of a service share. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { App } from '../mcp/app';
import type { Recovery } from '../model/recovery';
import type { Delivery } from '../wire/call';
import type { Principal } from '../wire/principal';
import type { OpenSessions } from './openSessions';
import type { Sessions } from './sessions';
import type { Unread } from './unread';
import type { WakeUps } from './wakeUps';

export interface ServiceContext {
  readonly app: App;
  readonly client: Client;
  readonly taskQueue: string;
  readonly sessions: Sessions;
  readonly wakeUps: WakeUps;
  readonly openSessions: OpenSessions;
  readonly unread: Unread;
  readonly log: Logger;
  readonly idleTtlMs: number;
  readonly defaultDelivery: Delivery;
  readonly recovery: Recovery;
  /** Whether the namespace has the session search attributes. */
  readonly searchAttributes: boolean;
}

/** The sender of a message. */
export interface Caller {
  readonly principal: Principal;
  /** Key by which open sessions are counted together. */
  readonly peer: string;
}
