/**
 * This node's own task queue, on which sessions announce that one of the node's streams has something to
 * read. A node thus needs a few long-polls for any number of idle streams; a Temporal namespace takes 1,200
 * in all by default. (docs/internals/design.md, "Idle streams")
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';
import type { Logger } from 'pino';
import { isWake } from '../wire/shapes';
import type { Wake } from '../wire/wake';

/**
 * Each poller reads one log at a time, which bounds how many logs a node reads at once when many sessions
 * wake it together.
 */
const POLLERS = 8;
/** Temporal answers a poll after a minute at the latest. */
const POLL_DEADLINE_MS = 90_000;
const RETRY_MS = 1_000;

export class WakeUps {
  private readonly queue: string;
  private readonly stopped = new AbortController();
  private started = false;
  private missed = false;
  private catchingUp: Promise<void> | undefined;

  constructor(
    private readonly client: Client,
    private readonly log: Logger,
    taskQueue: string,
    private readonly read: (wake: Wake) => Promise<void>,
    private readonly readAll: () => Promise<void>,
  ) {
    this.queue = `${taskQueue}/node-${randomUUID()}`;
  }

  /** The task queue on which sessions wake this node. The first access starts the pollers. */
  get taskQueue(): string {
    if (!this.started) for (let i = 0; i < POLLERS; i++) void this.poll();
    this.started = true;
    return this.queue;
  }

  close(): void {
    this.stopped.abort();
  }

  private async poll(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.next();
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        this.log.warn({ err: error }, 'wake-ups of idle streams could not be taken; trying again');
        this.missed = true;
        this.catchingUp ??= this.catchUp().finally(() => (this.catchingUp = undefined));
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  /**
   * Reads all paused streams. A session schedules one wake-up and waits 10 s for the node: what came while
   * this node was frozen or had no Temporal is in no queue any more.
   */
  private async catchUp(): Promise<void> {
    while (this.missed && !this.stopped.signal.aborted) {
      this.missed = false;
      await sleep(RETRY_MS, undefined, { ref: false });
      await this.readAll().catch(() => (this.missed = true));
    }
  }

  private async next(): Promise<void> {
    const { connection, workflowService, options } = this.client;
    const { namespace, identity } = options;
    // A new signal for each poll: the client adds a listener to the signal at each call and never removes it.
    const task = await connection.withAbortSignal(AbortSignal.any([this.stopped.signal]), () =>
      connection.withDeadline(Date.now() + POLL_DEADLINE_MS, () =>
        workflowService.pollActivityTaskQueue({ namespace, identity, taskQueue: { name: this.queue } }),
      ),
    );
    const { taskToken, input } = task;
    if (!taskToken.length) return;
    const [wake] = await decodeArrayFromPayloads(options.loadedDataConverter, input?.payloads);
    if (isWake(wake)) await this.read(wake); // anybody in the namespace may use the queue
    await workflowService.respondActivityTaskCompleted({ namespace, identity, taskToken });
  }
}
