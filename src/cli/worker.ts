/** `durable-mcp worker`: runs the sessions and calls of one app. */
import type { CallSettings } from '../../activities/handleRequest';
import type { Recovery } from '../protocol/recovery';
import type { TemporalTarget } from '../temporal/connect';
import { startWorker } from '../worker/worker';
import { loadApp } from './loadApp';
import { announceReady, askToConnect, askedToStop, createLogger, surviveStrayErrors } from './role';

export async function runWorker(
  appFile: string,
  options: TemporalTarget & CallSettings & { recovery: Recovery; awaitSupervisor: boolean },
): Promise<void> {
  const app = await loadApp(appFile);
  if (options.awaitSupervisor) await askToConnect();
  const log = createLogger('worker');
  surviveStrayErrors(log);
  const worker = await startWorker(app, options, options, options.recovery, log);
  const stop = askedToStop();
  announceReady(`worker for ${appFile} on task queue ${options.taskQueue} of ${options.address}`);
  void stop.then(() => {
    worker.stop();
  });
  await worker.stopped;
}
