/**
 * Watches whether workers poll this node's task queue. Without a worker, sessions still open and requests are
 * still accepted, but nothing answers them, and nothing else would report that. (`probes.test.ts`)
 */
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { Logger } from 'pino';

const LOOK_EVERY_MS = 10_000;
const LOOK_WITHIN_MS = 5_000;
/**
 * A worker polls again after a minute at the latest. Temporal lists a poller for some time after it is gone,
 * with the time of its last poll.
 */
const SILENT_MS = 100_000;
const { TASK_QUEUE_TYPE_WORKFLOW } = temporal.api.enums.v1.TaskQueueType;

export class Pollers {
  private readonly timer: NodeJS.Timeout;
  /**
   * Time of the newest poll at the last check, on Temporal's clock, and when this node first saw that poll,
   * on its own clock.
   */
  private last = { poll: -1, seenAt: -Infinity };
  /**
   * Number of checks in a row that found no worker. One is no alarm: workers that start together with their
   * nodes come a moment later.
   */
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
    if (poll === undefined) return; // Temporal does not answer, or this node lacks the permission
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

  /** Epoch milliseconds on Temporal's clock; 0 if Temporal knows no poller. */
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
