/** The floor's worker, in a process of its own as the product's is. Its argument is the address of Temporal. */
import { NativeConnection, Runtime, Worker, makeTelemetryFilterString } from '@temporalio/worker';
import { optionsFor } from '../../../src/worker/worker';
import { askedToStop } from '../../child';
import { TASK_QUEUE } from './names';
import type { FloorActivities } from './workflow';

const activities: FloorActivities = { echo: (n) => Promise.resolve(n) };

async function main(address: string): Promise<void> {
  Runtime.install({
    shutdownSignals: [],
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace: 'default',
    taskQueue: TASK_QUEUE,
    workflowsPath: require.resolve('./workflow'),
    activities,
    // The product's own: a difference between the two must not come from the worker's settings.
    ...optionsFor('normal'),
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

const [address] = process.argv.slice(2);
if (!address) throw new Error('Give the address of Temporal.');
main(address).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
