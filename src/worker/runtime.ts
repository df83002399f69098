/** The SDK's runtime, of which a process has one, and what the SDK's core says through it. */
import { Runtime, TransportError, makeTelemetryFilterString } from '@temporalio/worker';
import type { LogLevel, LogMetadata } from '@temporalio/common';
import type { Logger } from 'pino';

/** From core's word that it polls no more to the failure of the worker, which mostly follows at once. */
const FAILS_WITHIN_MS = 5_000;

type Level = 'trace' | 'debug' | 'warn' | 'error';
/** What the SDK calls informative are the states of its worker. */
const LEVELS: Record<LogLevel, Level> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
};

export interface Told {
  /** Why the worker has failed: it says so in its log alone, and `run()` throws what goes wrong in cleaning up. */
  failure?: unknown;
  /**
   * Rejects when core has given up to poll, and the worker has not failed since: on a busy machine it then stops for ever, without a poll.
   * (`refusedWorker.test.ts`)
   */
  readonly givenUp: Promise<never>;
}

interface Listener {
  readonly told: Told;
  readonly giveUp: (error: Error) => void;
}

/** The workers of this process. Core does not say which of them it means. */
const listeners = new Set<Listener>();
let isInstalled = false;

/** What core says from now on. The first worker's `log` is that of all workers of the process. */
export function installRuntime(log: Logger): Told {
  let giveUp: Listener['giveUp'] = () => undefined;
  const told: Told = { givenUp: new Promise((_, reject) => (giveUp = reject)) };
  told.givenUp.catch(() => undefined); // nobody may wait for it any more
  listeners.add({ told, giveUp });
  if (!isInstalled) install(log);
  isInstalled = true;
  return told;
}

/**
 * Signals are the command's business, not the library's. What core warns of comes through our logger, since only core knows of workflow tasks that
 * fail again and again. (`workerLog.test.ts`)
 */
function install(log: Logger): void {
  const to =
    (level: Level) =>
    (message: string, meta: LogMetadata = {}) => {
      log[level](meta, message);
    };
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: (level, message, meta) => {
        to(LEVELS[level])(message, meta);
        if (message === 'Worker failed') listeners.forEach(({ told }) => (told.failure = meta?.error));
        if (!message.startsWith('Error while polling')) return;
        const asked = [...listeners];
        setTimeout(() => {
          for (const { giveUp } of asked) giveUp(new TransportError(statusMessage(meta?.error)));
        }, FAILS_WITHIN_MS);
      },
      trace: to(LEVELS.TRACE),
      debug: to(LEVELS.DEBUG),
      info: to(LEVELS.INFO),
      warn: to(LEVELS.WARN),
      error: to(LEVELS.ERROR),
    },
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
    },
  });
}

/** Of gRPC, as core writes it. */
const statusMessage = (status: unknown): string =>
  /message: "((?:[^"\\]|\\.)*)"/.exec(String(status))?.[1] ?? String(status);
