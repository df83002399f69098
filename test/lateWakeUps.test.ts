/**
 * A wake-up of a node is an activity. If the session writes a message in the workflow task in which that activity's end
 * is handled, the node must be woken again: it may not have read the new message.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { type Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { connect } from '../src/temporal/connect';
import { ROOT } from './fixtures/root';

/** Each queue tries another microtask after the activity's end; 40 are more than the workflow needs to handle that end. */
const QUEUES = 40;
const address = process.env.TEST_TEMPORAL!;

async function withWorker<T>(taskQueue: string, act: () => Promise<T>): Promise<T> {
  const connection = await NativeConnection.connect({ address });
  const workflowsPath = path.join(ROOT, 'test/fixtures/wakingWorkflow.ts');
  const worker = await Worker.create({ connection, taskQueue, workflowsPath, maxCachedWorkflows: 0 });
  try {
    return await worker.runUntil(act);
  } finally {
    await connection.close();
  }
}

/** Polls one wake-up activity from the queue, as a node does; resolves with a function that completes the activity. */
async function take(
  { connection, workflowService, options: { namespace } }: Client,
  queue: string,
): Promise<() => Promise<void>> {
  for (;;) {
    const { taskToken } = await connection.withDeadline(Date.now() + 60_000, () =>
      workflowService.pollActivityTaskQueue({ namespace, taskQueue: { name: queue } }),
    );
    if (taskToken.length > 0)
      return async () => {
        await workflowService.respondActivityTaskCompleted({ namespace, taskToken });
      };
  }
}

test('at whatever microtask it comes, a wake-up is not lost', async () => {
  const client = await connect({ address, namespace: 'default' });
  const taskQueue = `test-${randomUUID()}`;
  const queues = Array.from({ length: QUEUES }, (_, i) => `${taskQueue}/${i}`);
  const handle = await withWorker(taskQueue, async () => {
    const started = await client.workflow.start('waking', {
      taskQueue,
      workflowId: taskQueue,
      args: [queues],
    });
    const answers = await Promise.all(queues.map((queue) => take(client, queue)));
    return { started, answers };
  }).then(async ({ started, answers }) => {
    // No worker runs here, so that a single workflow task gets all completions and the signal.
    for (const answer of answers) await answer();
    await started.signal('again');
    return started;
  });
  await withWorker(taskQueue, async () => {
    void Promise.all(queues.map(async (queue) => (await take(client, queue))())).catch(() => undefined);
    await handle.result();
  });
  const { events } = await handle.fetchHistory();
  await client.connection.close();
  const woken = events?.map((event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name);
  const times = queues.map((queue) => woken?.filter((name) => name === queue).length);
  expect(times).toEqual(queues.map(() => 2));
});
