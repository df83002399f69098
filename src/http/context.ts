/** What the handlers of a node share. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Service } from '../service/service';
import type { Authentication } from '../auth/authentication';
import type { Connections } from './connections';

export interface NodeContext {
  readonly service: Service;
  readonly client: Client;
  readonly taskQueue: string;
  readonly connections: Connections;
  readonly log: Logger;
  /** Answers requests with one JSON body instead of a stream. */
  readonly jsonResponses: boolean;
  /** Absent where everybody is let in. */
  readonly authentication?: Authentication;
}
