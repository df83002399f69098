/** What the handlers of a node share. */
import type { Client } from '@temporalio/client';
import type { Request } from 'express';
import type { Logger } from 'pino';
import type { Caller } from '../service/context';
import type { Service } from '../service/service';
import { ANONYMOUS, type Principal } from '../wire/principal';
import type { Connections } from './connections';
import { peerOf } from './peers';

export interface NodeContext {
  readonly service: Service;
  readonly client: Client;
  readonly taskQueue: string;
  readonly connections: Connections;
  readonly log: Logger;
  /** Answers requests with one JSON body instead of a stream. */
  readonly jsonResponses: boolean;
}

/** Every client is anonymous until authorization is configured. */
const principalOf = (_req: Request): Principal => ANONYMOUS;

export function callerOf(req: Request): Caller {
  const principal = principalOf(req);
  return { principal, peer: peerOf(req, principal) };
}
