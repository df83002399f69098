/** `durable-mcp worker`: runs the sessions and calls of one app. */
import { startWorker } from '../runtime/worker';
import type { PROBES, ValuesOf, WORKER } from './options';
import { prepareRole, type RoleValues } from './prepareRole';
import { announceReady, askedToStop } from './role';

type WorkerValues = RoleValues & ValuesOf<readonly [...typeof WORKER, ...typeof PROBES]>;

/** `args` is the app's own command line. */
export async function runWorker(file: string, args: readonly string[], options: WorkerValues): Promise<void> {
  const { taskQueue, healthHost, healthPort, suspendAfter: suspendAfterMs } = options;
  const { recovery, maxConcurrentCalls, alwaysSuspending } = options;
  const { app, temporal, log } = await prepareRole('worker', file, args, options);
  const probes = healthPort === undefined ? undefined : { host: healthHost, port: healthPort };
  const worker = await startWorker({
    ...{ app, temporal, taskQueue, recovery },
    ...{ maxConcurrentCalls, suspendAfterMs, alwaysSuspending, probes, log },
  });
  const stop = askedToStop();
  const asked = worker.probesUrl === undefined ? '' : `, health ${worker.probesUrl}/health`;
  announceReady(`worker for ${file} on task queue ${taskQueue} of ${temporal.address}${asked}`);
  void stop.then(() => worker.stop().catch(() => undefined)); // `stopped` rejects with the same error
  await worker.stopped;
  await temporal.close();
}
