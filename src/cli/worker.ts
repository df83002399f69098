/** `durable-mcp worker`: runs the sessions and calls of one app. */
import type { TemporalTarget } from '../temporal/connect';
import { startWorker, type WorkerSettings } from '../worker/worker';
import { loadApp } from './loadApp';
import { announceReady, askToConnect, askedToStop, createLogger, surviveStrayErrors } from './role';

export async function runWorker(
  appFile: string,
  options: TemporalTarget & WorkerSettings & { awaitSupervisor: boolean; args: string[] },
): Promise<void> {
  const app = await loadApp(appFile, options.args);
  if (options.awaitSupervisor) await askToConnect();
  const log = createLogger('worker');
  surviveStrayErrors(log);
  const worker = await startWorker(app, options, options, log);
  const stop = askedToStop();
  announceReady(`worker for ${appFile} on task queue ${options.taskQueue} of ${options.address}`);
  void stop.then(() => {
    worker.stop();
  });
  await worker.stopped;
}
