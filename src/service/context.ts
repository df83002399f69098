/** What the parts of a service share. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { App } from '../mcp/app';
import type { Recovery } from '../model/recovery';
import type { Delivery } from '../wire/call';
import type { CallAuth, Principal } from '../wire/principal';
import type { JustOpened } from './justOpened';
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
  readonly justOpened: JustOpened;
  readonly unread: Unread;
  readonly log: Logger;
  readonly idleTtlMs: number;
  readonly defaultDelivery: Delivery;
  readonly recovery: Recovery;
  /** Hides the names of principals in lists of sessions. */
  readonly principalKey?: string;
  /** Whether the namespace has the session search attributes. */
  readonly searchAttributes: boolean;
}

/** What a caller is to get from its issuer: `missing`, and what it has, since a new token replaces the old one. */
export interface Lack {
  readonly missing: readonly string[];
  readonly needed: readonly string[];
}

/** The sender of a message. */
export interface Caller {
  readonly principal: Principal;
  /** Key by which open sessions are counted together. */
  readonly peer: string;
  /** Absent if anonymous. */
  readonly auth?: CallAuth;
  /** `undefined` if the caller has all of `scopes`, or nobody needs any because no authorization is configured. */
  readonly lacks: (scopes: readonly string[]) => Lack | undefined;
}
