/** A worker in this process. */
import type { Logger } from 'pino';
import type { App } from '../mcp/app';
import type { Recovery } from '../model/recovery';
import { checkEncoding } from './checkEncoding';
import { serveProbes } from '../worker/probes';
import { runWorker } from '../worker/worker';
import { checkApp } from './checkApp';
import { connectedOf, contextOf, type TemporalConnection } from './connection';
import { DEFAULT_TASK_QUEUE } from '../temporal/appContext';
import { WORKER_DEFAULTS } from './defaults';
import { createLogger } from './log';

export interface StartWorkerOptions {
  readonly app: App;
  /** From {@link connect}. */
  readonly temporal: TemporalConnection;
  /** What the nodes and workers of one app share. Default: `durable-mcp`. */
  readonly taskQueue?: string;
  /** How many calls run at once, those included that wait inside of their handler. Default: 1,000. */
  readonly maxConcurrentCalls?: number;
  /** How long a call that only waits (for its client, or asleep) holds its place. Default: 30 seconds. */
  readonly suspendAfterMs?: number;
  /** The same for nodes and workers. Default: `normal`. */
  readonly recovery?: Recovery;
  /** For tests: every wait is suspended at once, and every at-least-once attempt runs twice. Default: false. */
  readonly alwaysSuspending?: boolean;
  /** Where `/livez`, `/readyz` and `/health` are answered. Default: nowhere. */
  readonly probes?: { readonly host: string; readonly port: number };
  /** Default: lines of JSON on standard error, as many as `LOG_LEVEL` says. The first worker of a process says it for all. */
  readonly log?: Logger;
}

export interface RunningWorker {
  /** Where its probes are answered; `undefined` without `probes`. */
  readonly probesUrl: string | undefined;
  /** Settles when the worker has stopped. @throws Error in one sentence, if something else than `stop()` has stopped it */
  readonly stopped: Promise<void>;
  /** Gives running calls 10 s to end, and resolves when the worker has stopped. */
  stop(): Promise<void>;
}

/**
 * Starts a worker, and resolves when it takes calls. The process is its owner's: signals and stray exceptions are not handled here.
 *
 * @example
 * const temporal = await connect();
 * const worker = await startWorker({ app, temporal });
 * process.once('SIGTERM', () => void worker.stop());
 * await worker.stopped;
 * @throws Error in one sentence if the app builds no server
 */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
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
  worker.stopped.catch(() => undefined); // who waits for it hears of it
  return {
    probesUrl: probes && (await serveProbes(worker.probed, probes)),
    stopped: worker.stopped,
    stop() {
      worker.stop();
      return worker.stopped;
    },
  };
}
