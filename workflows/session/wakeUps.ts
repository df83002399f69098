/**
 * Wakes the nodes that hold a stream of the session without following its log, when there is something to
 * read.
 */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { NodeActivities } from '../../src/wire/wake';
import { has } from '../changes';

/** A node that does not come within this time has died, and its streams with it. */
const NODE_TIMEOUT = '10s';

export class WakeUps {
  private readonly waking = new Map<string, Promise<void>>();
  private readonly again = new Set<string>();
  /** Queues whose last wake-up has ended, until all who wait for it know. */
  private readonly leaving = new Set<string>();

  constructor(private readonly sessionId: string) {}

  /**
   * Wakes the nodes at `queues`, one wake-up per queue at a time; a request meanwhile leads to one more
   * wake-up. Resolves when the nodes have read the log.
   */
  async wake(queues: string[]): Promise<void> {
    await Promise.all(queues.map((queue) => this.wakeAt(queue)));
  }

  get isQuiet(): boolean {
    return this.waking.size === 0;
  }

  /**
   * The wake-ups that the next run repeats: an activity cannot cross, and a dead node must not keep the run
   * from ending.
   */
  carry(): string[] {
    return [...this.waking.keys()];
  }

  private wakeAt(queue: string): Promise<void> {
    const waking = this.waking.get(queue);
    if (waking && !this.hasLeft(queue)) {
      this.again.add(queue);
      return waking;
    }
    this.leaving.delete(queue);
    const done = this.run(queue).finally(() => {
      if (this.waking.get(queue) !== done) return;
      this.waking.delete(queue);
      this.leaving.delete(queue);
    });
    this.waking.set(queue, done);
    return done;
  }

  /**
   * Earlier versions lost a wake-up that was requested in this moment. The patch's marker is an event, so
   * most runs have none. (`lateWakeUps.test.ts`)
   */
  private hasLeft(queue: string): boolean {
    return this.leaving.has(queue) && has('late wake-ups');
  }

  private async run(queue: string): Promise<void> {
    const { wakeNode } = proxyActivities<NodeActivities>({
      taskQueue: queue,
      scheduleToCloseTimeout: NODE_TIMEOUT,
      retry: { maximumAttempts: 1 },
    });
    do {
      this.again.delete(queue);
      // `historyLength` ends before the current task's own events. The next event completes this task, and
      // Temporal writes an inline call's messages together with it; a node that reads up to that event gets
      // them.
      const { runId: run, historyLength } = workflowInfo();
      await wakeNode({ sessionId: this.sessionId, run, event: historyLength + 1 }).catch(() => undefined);
    } while (this.again.has(queue));
    this.leaving.add(queue);
  }
}
