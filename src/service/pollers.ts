/**
 * Whether anybody takes the work of this node's task queue: sessions open and requests are accepted without a worker, and then nothing happens,
 * which nobody else would say. (`probes.test.ts`)
 */
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { Logger } from 'pino';

const LOOK_EVERY_MS = 10_000;
const LOOK_WITHIN_MS = 5_000;
/** A worker polls again after a minute at the latest. Temporal lists those that are gone for longer, with the time of their last poll. */
const SILENT_MS = 100_000;
const { TASK_QUEUE_TYPE_WORKFLOW } = temporal.api.enums.v1.TaskQueueType;

export class Pollers {
  private readonly timer: NodeJS.Timeout;
  /** Of the poll that was the last one at the last look, on Temporal's clock; and when it was first seen, on ours. */
  private last = { poll: -1, seenAt: -Infinity };
  /** How many looks in a row have found nobody: workers that start together with their nodes are a moment late. */
  private inVain = 0;

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    private readonly log: Logger,
  ) {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    void this.look();
  }

  get areMissing(): boolean {
    return this.inVain > 1;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const poll = await this.lastPoll().catch(() => undefined);
    if (poll === undefined) return; // Temporal does not answer, or this node may not ask
    if (poll !== this.last.poll) this.last = { poll, seenAt: performance.now() };
    const isPolled = poll > 0 && performance.now() - this.last.seenAt < SILENT_MS;
    const were = this.areMissing;
    this.inVain = isPolled ? 0 : this.inVain + 1;
    if (this.areMissing && !were)
      this.log.warn(
        { taskQueue: this.taskQueue },
        'nobody polls the task queue, so sessions open and nothing answers them; start workers with the same --task-queue and --namespace',
      );
    if (were && !this.areMissing)
      this.log.warn({ taskQueue: this.taskQueue }, 'the task queue is polled again');
  }

  /** Epoch milliseconds on Temporal's clock; 0 if it knows of none. */
  private async lastPoll(): Promise<number> {
    const { connection, workflowService, options } = this.client;
    const { pollers } = await connection.withDeadline(Date.now() + LOOK_WITHIN_MS, () =>
      workflowService.describeTaskQueue({
        namespace: options.namespace,
        taskQueue: { name: this.taskQueue },
        taskQueueType: TASK_QUEUE_TYPE_WORKFLOW,
      }),
    );
    const times = pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000);
    return Math.max(0, ...times);
  }
}
