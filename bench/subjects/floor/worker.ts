/**
 * The floor's worker, a process of its own like the product's. Arguments: the address of Temporal, the task
 * queue, and settings as JSON.
 */
import {
  NativeConnection,
  Runtime,
  Worker,
  makeTelemetryFilterString,
  type WorkerOptions,
} from '@temporalio/worker';
import { optionsFor } from '../../../src/worker/worker';
import { askedToStop } from '../../child';
import type { FloorActivities } from './workflow';

const activities: FloorActivities = { echo: (n) => Promise.resolve(n) };

async function main(address: string, taskQueue: string, settings: Partial<WorkerOptions>): Promise<void> {
  Runtime.install({
    shutdownSignals: [],
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace: 'default',
    taskQueue,
    workflowsPath: require.resolve('./workflow'),
    activities,
    // The product's settings: a difference to the product must not come from the worker's settings.
    ...optionsFor('normal'),
    ...settings,
  });
  const stopped = worker.run();
  process.stdout.write('ready floor\n');
  void askedToStop().then(() => {
    worker.shutdown();
  });
  await stopped;
  await connection.close();
  process.exit(0);
}

const [address, taskQueue, settings] = process.argv.slice(2);
if (!address || !taskQueue || !settings)
  throw new Error('Give the address of Temporal, a task queue and settings.');
main(address, taskQueue, JSON.parse(settings) as Partial<WorkerOptions>).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
