/** `durable-mcp worker`: runs the sessions and calls of one app. */
import type { TemporalTarget } from '../temporal/connect';
import { serveProbes } from '../worker/probes';
import { startWorker, type WorkerSettings } from '../worker/worker';
import { loadApp } from './loadApp';
import { announceReady, askToConnect, askedToStop, createLogger, surviveStrayErrors } from './role';

export interface WorkerArguments extends TemporalTarget, WorkerSettings {
  awaitSupervisor: boolean;
  /** Of the app's own command line. */
  args: string[];
  healthPort?: number;
  healthHost: string;
}

export async function runWorker(appFile: string, options: WorkerArguments): Promise<void> {
  const app = await loadApp(appFile, options.args);
  const address = options.awaitSupervisor ? await askToConnect() : options.address;
  const log = createLogger('worker');
  surviveStrayErrors(log);
  const worker = await startWorker(app, { ...options, address }, options, log);
  const stop = askedToStop();
  const probes = options.healthPort !== undefined && {
    host: options.healthHost,
    port: options.healthPort,
  };
  const asked = probes ? `, health ${await serveProbes(worker.probed, probes)}/health` : '';
  announceReady(`worker for ${appFile} on task queue ${options.taskQueue} of ${address}${asked}`);
  void stop.then(() => {
    worker.stop();
  });
  await worker.stopped;
}
