/** `durable-mcp worker`: runs the sessions and calls of one app. */
import type { TemporalTarget } from '../temporal/connect';
import { startWorker } from '../temporal/worker';
import { loadApp } from './loadApp';
import { announceReady, askedToStop, createLogger, surviveStrayRejections } from './role';

export async function runWorker(appFile: string, target: TemporalTarget): Promise<void> {
  const app = await loadApp(appFile);
  const log = createLogger('worker');
  surviveStrayRejections(log);
  const worker = await startWorker(app, target, log);
  const stop = askedToStop();
  announceReady(`worker for ${appFile} on task queue ${target.taskQueue} of ${target.address}`);
  void stop.then(() => {
    worker.stop();
  });
  await worker.stopped;
}
