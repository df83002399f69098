/** `durable-mcp worker`: runs the sessions and calls of one app. */
import { checkApp } from '../runtime/checkApp';
import { contextOf } from '../runtime/connection';
import { createLogger } from '../runtime/log';
import { startWorker } from '../runtime/worker';
import { connectBy, connectToOwn } from './connection';
import { loadApp } from './loadApp';
import type { CONNECTION, PROBES, ROLE, ValuesOf, WORKER } from './options';
import { announceReady, askToConnect, askedToStop, surviveStrayErrors } from './role';

type WorkerValues = ValuesOf<
  readonly [...typeof CONNECTION, ...typeof ROLE, ...typeof WORKER, ...typeof PROBES, 'awaitSupervisor']
>;

/** `args` are of the app's own command line. */
export async function runWorker(file: string, args: readonly string[], options: WorkerValues): Promise<void> {
  const { taskQueue, healthHost, healthPort, suspendAfter: suspendAfterMs } = options;
  const app = await loadApp(file, args);
  const own = options.awaitSupervisor ? await askToConnect() : undefined;
  const temporal = own === undefined ? await connectBy(options) : await connectToOwn(own, options);
  const log = createLogger('worker');
  surviveStrayErrors(log);
  await checkApp(app, `The app ${file}`, contextOf(temporal, taskQueue));
  const probes = healthPort === undefined ? undefined : { host: healthHost, port: healthPort };
  const worker = await startWorker({ ...options, app, temporal, suspendAfterMs, probes, log });
  const stop = askedToStop();
  const asked = worker.probesUrl === undefined ? '' : `, health ${worker.probesUrl}/health`;
  announceReady(`worker for ${file} on task queue ${taskQueue} of ${temporal.address}${asked}`);
  void stop.then(() => worker.stop().catch(() => undefined)); // `stopped` says it
  await worker.stopped;
  await temporal.close();
}
