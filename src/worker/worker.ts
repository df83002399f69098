/** The worker: runs the sessions' workflows and the calls' activities of one app. */
import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import {
  GracefulShutdownPeriodExpiredError,
  NativeConnection,
  TransportError,
  Worker,
  type WorkerOptions,
  type WorkerTuner,
} from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { createActivities } from '../../activities';
import type { CallSettings } from '../../activities/beginAttempt';
import { HeldAttempts } from '../../activities/heldAttempts';
import {
  HEARTBEAT_TIMEOUT_MS,
  STICKY_TIMEOUT_MS,
  heartbeatIntervalMs,
  type Recovery,
} from '../model/recovery';
import type { App } from '../mcp/app';
import { BUNDLE_PATH } from '../temporal/bundle';
import { connectionOptions, whyNotServing } from '../temporal/connect';
import type { TemporalTarget } from '../temporal/target';
import { withCodecs } from '../temporal/dataConverter';
import { whyUnreachable } from '../temporal/whyUnreachable';
import { PROBE_MS, type Probed } from '../shared/probes';
import { installRuntime } from './runtime';
import { WorkflowSlots } from './workflowSlots';

const STOPPED_WITHIN = '15s';

/**
 * Settings that decide how soon a session continues after a worker has died (docs/recovery.md). The
 * benchmark's floor uses them too.
 */
export const optionsFor = (recovery: Recovery): Partial<WorkerOptions> => ({
  stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT_MS[recovery],
  maxHeartbeatThrottleInterval: heartbeatIntervalMs(HEARTBEAT_TIMEOUT_MS[recovery]),
  // Each open poll of a frozen worker takes one task, which is stuck until it times out. The default is 10
  // polls.
  maxConcurrentActivityTaskPolls: 4,
  maxConcurrentWorkflowTaskPolls: 4,
  // After SIGTERM, running calls have this long to end. Then at-least-once calls continue on another worker,
  // and at-most-once calls are lost.
  shutdownGraceTime: '10s',
  // By now all have ended or moved, but core (1.24) has been seen to wait for ever, for a workflow without a task.
  shutdownForceTime: STOPPED_WITHIN,
});

/**
 * An activity for an attempt that has begun here comes back with the end of its workflow task, for as many calls
 * as a session may begin inline.
 */
const MAXIMUM_EAGER = 100;

export interface WorkerSettings extends CallSettings {
  readonly recovery: Recovery;
}

export interface RunningWorker {
  /** Resolves when the worker has stopped. @throws the error that stopped the worker */
  readonly stopped: Promise<void>;
  /** The state that the health probes report. */
  readonly probed: Probed;
  stop(): void;
}

/** `client` is connected to `target`, and stays open after the worker has stopped. */
export async function runWorker(
  app: App,
  client: Client,
  target: TemporalTarget,
  settings: WorkerSettings,
  log: Logger,
): Promise<RunningWorker> {
  const told = installRuntime(log);
  // The SDK takes a stack trace for each promise of a workflow, which is half of a replay's cost, to answer a
  // query that this product never sends. Existing contexts keep their limit, so errors of the app have their
  // stacks.
  setFlagsFromString('--stack-trace-limit=1');
  const connection = await NativeConnection.connect(connectionOptions(target)).catch(
    async (error: unknown) => {
      throw new Error(await whyUnreachable(target, error), { cause: error });
    },
  );
  const { namespace, taskQueue } = target;
  const held = new HeldAttempts(`${taskQueue}/worker-${randomUUID()}`);
  const options = {
    connection,
    namespace,
    dataConverter: withCodecs(target.dataConverter),
    activities: createActivities(app, client, settings, { taskQueue, held }),
    ...optionsFor(settings.recovery),
    tuner: tunerFor(settings.maxConcurrentCalls),
    // How long one turn of a workflow may take: the SDK (1.24) takes this option and does not offer it. Its own 5 s
    // also pass while the worker is frozen, and the interruption of a workflow can end the process (Node 20: "async hook
    // stack has become corrupted"). Workflows run no code of authors.
    isolateExecutionTimeout: '10 minutes',
  };
  const worker = await Worker.create({
    ...options,
    taskQueue,
    workflowBundle: { codePath: BUNDLE_PATH },
    maxEagerActivityReservationsPerWorkflowTask: MAXIMUM_EAGER,
  });
  // Where activities find the attempts that have begun inline in this worker.
  const own = await Worker.create({
    ...options,
    taskQueue: held.taskQueue,
    maxConcurrentActivityTaskPolls: 1,
  });
  let isAskedToStop = false;
  const end = () => {
    shutDown(worker);
    // Attempts whose activity has not come yet are still found on the own queue.
    void held.close().then(() => {
      shutDown(own);
    });
  };
  // Where one ends, so does the other.
  const runs = Promise.all([worker, own].map((each) => each.run().finally(end)));
  const givenUp = told.givenUp.catch(async (error: unknown) => {
    if (!isAskedToStop) throw error;
    await runs;
  });
  const stopped = Promise.race([runs.then(() => undefined), givenUp])
    .catch((error: unknown) => {
      const cause = told.failure ?? error;
      throw new Error(whyStopped(cause, target), { cause });
    })
    .finally(async () => {
      // A failed worker still uses the connection, so `close` can throw; that error would hide the reason of
      // the failure.
      await connection.close().catch(() => undefined);
    });
  return {
    stopped,
    probed: probedOf(worker, connection, target.taskQueue),
    stop: () => {
      isAskedToStop = true;
      end();
    },
  };
}

function shutDown(worker: Worker): void {
  if (worker.getState() === 'RUNNING') worker.shutdown();
}

/** Asks Temporal over the connection on which the worker polls. */
const probedOf = (worker: Worker, connection: NativeConnection, taskQueue: string): Probed => ({
  whyNotReady: () => {
    const { workflowService } = connection;
    if (worker.getState() !== 'RUNNING') return 'stopping';
    return whyNotServing({ connection, workflowService }, PROBE_MS);
  },
  details: () => ({ taskQueue, worker: worker.getState().toLowerCase() }),
});

/**
 * A `TransportError` means a refusal: core retries a refused poll for a minute, and an unanswered one for
 * ever.
 */
function whyStopped(error: unknown, { address, namespace }: TemporalTarget): string {
  const said = error instanceof Error ? error.message : String(error);
  if (error instanceof TransportError)
    return `Temporal at ${address} refuses this worker: ${said}; check its credentials, and what they may do in the namespace "${namespace}".`;
  if (error instanceof GracefulShutdownPeriodExpiredError)
    return `The worker has been told to stop and has not ended within ${STOPPED_WITHIN}: end its process; its calls go on in other workers.`;
  return `The worker cannot go on: ${said}`;
}

/**
 * One session can have 500 calls of either kind in flight, and would occupy all of the SDK's default of 100
 * slots. (`manyWait.test.ts`)
 */
function tunerFor(calls: number): WorkerTuner {
  const slots = { type: 'fixed-size', numSlots: calls } as const;
  return {
    workflowTaskSlotSupplier: new WorkflowSlots(),
    activityTaskSlotSupplier: slots,
    localActivityTaskSlotSupplier: slots,
    nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
  };
}
