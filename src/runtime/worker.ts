/** Runs a worker in this process. */
import type { Logger } from 'pino';
import type { App } from '../mcp/app';
import type { Recovery } from '../model/recovery';
import { checkEncoding } from './checkEncoding';
import { serveProbes } from '../worker/probes';
import { runWorker } from '../worker/worker';
import { WORKER_OPTIONS, checkOptions } from './checkOptions';
import { checkApp } from './checkApp';
import { connectedOf, contextOf, type TemporalConnection } from './connection';
import { DEFAULT_TASK_QUEUE } from '../temporal/appContext';
import { WORKER_DEFAULTS } from './defaults';
import { createLogger } from './log';

export interface StartWorkerOptions {
  readonly app: App;
  /** From {@link connect}. */
  readonly temporal: TemporalConnection;
  /** The task queue that the nodes and workers of one app share. Default: `durable-mcp`. */
  readonly taskQueue?: string;
  /** How many calls run at once, including those whose handler waits. Default: 1,000. */
  readonly maxConcurrentCalls?: number;
  /** How long a call that only waits (for its client, or asleep) occupies its slot. Default: 30 seconds. */
  readonly suspendAfterMs?: number;
  /** How soon calls of a dead worker continue; must be the same for nodes and workers. Default: `normal`. */
  readonly recovery?: Recovery;
  /** For tests: every wait is suspended at once, and every at-least-once attempt runs twice. Default: false. */
  readonly alwaysSuspending?: boolean;
  /** The address that answers `/livez`, `/readyz` and `/health`. Default: none. */
  readonly probes?: { readonly host: string; readonly port: number };
  /**
   * Default: JSON lines on standard error, at the level of `LOG_LEVEL`. The first worker's log receives the
   * messages of Temporal's SDK for all workers of the process.
   */
  readonly log?: Logger;
}

export interface RunningWorker {
  /** The URL of the probes; `undefined` without `probes`. */
  readonly probesUrl: string | undefined;
  /**
   * Settles when the worker has stopped.
   * @throws Error in one sentence, if anything but `stop()` has stopped it
   */
  readonly stopped: Promise<void>;
  /** Gives running calls 10 s to end, and resolves when the worker has stopped. */
  stop(): Promise<void>;
}

/**
 * Starts a worker, and resolves when it takes calls. The caller owns the process: signals and stray
 * exceptions are not handled here.
 *
 * @example
 * const temporal = await connect();
 * const worker = await startWorker({ app, temporal });
 * process.once('SIGTERM', () => void worker.stop());
 * await worker.stopped;
 * @throws Error in one sentence if the app builds no server
 */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  checkOptions(options, WORKER_OPTIONS, 'startWorker()');
  const { app, temporal, taskQueue = DEFAULT_TASK_QUEUE, probes, log = createLogger('worker') } = options;
  const {
    maxConcurrentCalls = WORKER_DEFAULTS.maxConcurrentCalls,
    suspendAfterMs = WORKER_DEFAULTS.suspendAfterMs,
    recovery = WORKER_DEFAULTS.recovery,
    alwaysSuspending = WORKER_DEFAULTS.alwaysSuspending,
  } = options;
  const { client, target } = connectedOf(temporal);
  await checkApp(app, 'The app', contextOf(temporal, taskQueue));
  await checkEncoding(client, taskQueue);
  const settings = {
    maxConcurrentCalls,
    recovery,
    suspendAfterMs: alwaysSuspending ? 0 : suspendAfterMs,
    runsTwice: alwaysSuspending,
  };
  const worker = await runWorker(app, client, { ...target, taskQueue }, settings, log);
  worker.stopped.catch(() => undefined); // no unhandled rejection if nothing awaits `stopped`
  return {
    probesUrl: probes && (await serveProbes(worker.probed, probes)),
    stopped: worker.stopped,
    stop() {
      worker.stop();
      return worker.stopped;
    },
  };
}
