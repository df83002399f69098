/** What the handlers of a node share. */
import type { Client } from '@temporalio/client';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { Reader } from '../log/subscription';
import type { Delivery } from '../wire/call';
import type { Recovery } from '../model/recovery';
import { ANONYMOUS } from '../wire/sessionInfo';
import type { App } from '../mcp/app';
import type { Connections } from '../http/answer';
import type { OpenSessions } from './openSessions';
import type { Pollers } from './pollers';
import type { Sessions } from './sessions';
import type { WakeUps } from './wakeUps';

export interface NodeContext {
  readonly app: App;
  readonly client: Client;
  readonly taskQueue: string;
  readonly sessions: Sessions;
  readonly connections: Connections;
  readonly wakeUps: WakeUps;
  readonly openSessions: OpenSessions;
  readonly pollers: Pollers;
  readonly log: Logger;
  /** Answers requests with one JSON body instead of a stream. */
  readonly jsonResponses: boolean;
  readonly idleTtlMs: number;
  /** How many sessions' logs are followed by a long-poll each. */
  readonly longPolls: number;
  readonly defaultDelivery: Delivery;
  readonly recovery: Recovery;
  /** Whether the namespace has them. */
  readonly searchAttributes: boolean;
}

/** Who is asking. Everybody is anonymous until authorization is configured. */
export const principalOf = (_req: Request): string => ANONYMOUS;

/** The client, as a reader of the log. */
export const readerOf = (res: Response): Reader => ({
  gone: goneSignal(res),
  cut: () => void res.destroy(),
});

/** One for all: making it, with its stack, is a hundredth of what a list takes. */
const GONE = new DOMException('The client has gone.', 'AbortError');

/** Aborts when the client has gone. */
export function goneSignal(res: Response): AbortSignal {
  const controller = new AbortController();
  if (res.destroyed || res.closed) controller.abort(GONE); // it has gone already, and says so only once
  res.once('close', () => {
    controller.abort(GONE);
  });
  return controller.signal;
}

export const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    const done = () => {
      resolve(undefined);
    };
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
