/**
 * The `Runtime` of Temporal's SDK, one per process, and the events that the SDK's core reports only through
 * its log.
 */
import { Runtime, TransportError, makeTelemetryFilterString } from '@temporalio/worker';
import type { LogLevel, LogMetadata } from '@temporalio/common';
import type { Logger } from 'pino';

/**
 * How long to wait, after core has logged that it stopped polling, for the failure of the worker, which
 * usually follows at once.
 */
const FAILS_WITHIN_MS = 5_000;

type Level = 'trace' | 'debug' | 'warn' | 'error';
/** The SDK's INFO messages are state changes of its worker, which belong to `debug`. */
const LEVELS: Record<LogLevel, Level> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
};

export interface Told {
  /**
   * Why the worker has failed. The SDK reports the reason only in its log; `run()` rejects with errors of the
   * cleanup.
   */
  failure?: unknown;
  /**
   * Rejects when core has stopped polling and the worker has not failed soon after: on a busy machine the
   * worker then stays, for ever, without polling. (`refusedWorker.test.ts`)
   */
  readonly givenUp: Promise<never>;
}

interface Listener {
  readonly told: Told;
  readonly giveUp: (error: Error) => void;
}

/**
 * One listener per worker of this process. All are notified, since core does not say which worker a message
 * is about.
 */
const listeners = new Set<Listener>();
let isInstalled = false;

/** Collects what core reports from now on. The first worker's `log` serves all workers of the process. */
export function installRuntime(log: Logger): Told {
  let giveUp: Listener['giveUp'] = () => undefined;
  const told: Told = { givenUp: new Promise((_, reject) => (giveUp = reject)) };
  told.givenUp.catch(() => undefined); // no unhandled rejection once nothing waits for it
  listeners.add({ told, giveUp });
  if (!isInstalled) install(log);
  isInstalled = true;
  return told;
}

/**
 * Leaves signals to the command. Core's warnings go to the product's log, since only core knows of workflow
 * tasks that fail repeatedly. (`workerLog.test.ts`)
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
        to(isExpected(message) ? 'debug' : LEVELS[level])(message, meta);
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

/** The worker of a process's own task queue runs activities alone. */
const isExpected = (message: string): boolean => message.startsWith('No workflows registered');

/** The message of a gRPC status in the text that core logs. */
const statusMessage = (status: unknown): string =>
  /message: "((?:[^"\\]|\\.)*)"/.exec(String(status))?.[1] ?? String(status);
