/** The worker: runs the sessions' workflows and the calls' activities of one app. */
import { setFlagsFromString } from 'node:v8';
import {
  NativeConnection,
  Runtime,
  Worker,
  makeTelemetryFilterString,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../../activities';
import type { CallSettings } from '../../activities/handleRequest';
import {
  HEARTBEAT_TIMEOUT_MS,
  STICKY_TIMEOUT_MS,
  heartbeatIntervalMs,
  type Recovery,
} from '../protocol/recovery';
import type { App } from '../server/app';
import { BUNDLE_PATH } from '../temporal/bundle';
import { connect, unreachable, type TemporalTarget } from '../temporal/connect';
import { dataConverter } from '../temporal/dataConverter';

/** Chosen for how soon a session goes on after a worker has died (docs/recovery.md). `npm run bench` gives the floor the same. */
export const optionsFor = (recovery: Recovery): Partial<WorkerOptions> => ({
  stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT_MS[recovery],
  maxHeartbeatThrottleInterval: heartbeatIntervalMs(HEARTBEAT_TIMEOUT_MS[recovery]),
  // Each open poll of a worker that is frozen, not dead, takes one task with it until that task times out. 10 is the default.
  maxConcurrentActivityTaskPolls: 4,
  maxConcurrentWorkflowTaskPolls: 4,
  // On SIGTERM running calls have this long to end; then at-least-once calls go on elsewhere, at-most-once calls are lost.
  shutdownGraceTime: '10s',
});

export interface WorkerSettings extends CallSettings {
  readonly recovery: Recovery;
  /** How many calls run at once, those included that wait inside of their activity. */
  readonly maxConcurrentCalls: number;
}

export interface RunningWorker {
  /** Resolves when the worker has stopped. @throws what stopped it. */
  readonly stopped: Promise<void>;
  stop(): void;
}

export async function startWorker(
  app: App,
  target: TemporalTarget,
  settings: WorkerSettings,
  log: Logger,
): Promise<RunningWorker> {
  installRuntime(log);
  // The SDK takes a stack trace for each promise of a workflow, which is half of what a replay costs, to answer a query that nobody
  // asks. Contexts that exist already keep their limit: the app's errors have their stacks.
  setFlagsFromString('--stack-trace-limit=1');
  const client = await connect(target);
  const connection = await NativeConnection.connect({ address: target.address }).catch((error: unknown) => {
    throw new Error(unreachable(target.address), { cause: error });
  });
  const worker = await Worker.create({
    connection,
    namespace: target.namespace,
    taskQueue: target.taskQueue,
    workflowBundle: { codePath: BUNDLE_PATH },
    dataConverter,
    activities: createActivities(app, client, settings),
    ...optionsFor(settings.recovery),
    ...slotsFor(settings.maxConcurrentCalls),
  });
  const stopped = worker.run().finally(async () => {
    await client.connection.close();
    await connection.close();
  });
  return {
    stopped,
    stop: () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}

/** One session can have 500 of either kind in flight; the SDK's 100 slots would be its own alone. (`manyWait.test.ts`) */
const slotsFor = (calls: number): Partial<WorkerOptions> => ({
  maxConcurrentActivityTaskExecutions: calls,
  maxConcurrentLocalActivityExecutions: calls,
});

/** Once a process. Signals are the command's business, not the library's. */
function installRuntime(log: Logger): void {
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: (level, message, meta) => {
        log[level === 'TRACE' ? 'trace' : (level.toLowerCase() as 'info')](meta ?? {}, message);
      },
      trace: (message, meta) => {
        log.trace(meta ?? {}, message);
      },
      debug: (message, meta) => {
        log.debug(meta ?? {}, message);
      },
      info: (message, meta) => {
        log.debug(meta ?? {}, message);
      },
      warn: (message, meta) => {
        log.warn(meta ?? {}, message);
      },
      error: (message, meta) => {
        log.error(meta ?? {}, message);
      },
    },
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
}
