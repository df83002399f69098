/** Tells nodes that hold a stream of the session without following its log that there is something to read. */
import { patched, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { NodeActivities } from '../../src/wire/wake';

/** A node that does not come for it has died, and its streams with it. */
const NODE_TIMEOUT = '10s';

export class WakeUps {
  private readonly waking = new Map<string, Promise<void>>();
  private readonly again = new Set<string>();
  /** Those whose last wake-up has ended, until that is known to all who wait for it. */
  private readonly leaving = new Set<string>();

  constructor(private readonly sessionId: string) {}

  /** At each of `queues`, one wake-up at a time: what comes meanwhile is told by the next. Resolves when the nodes have read it. */
  async wake(queues: string[]): Promise<void> {
    await Promise.all(queues.map((queue) => this.wakeAt(queue)));
  }

  get isQuiet(): boolean {
    return this.waking.size === 0;
  }

  /** What the next run begins with: an activity does not cross, and a dead node must not keep the run from ending. */
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

  /** Versions before lost what came in that moment. The patch's marker is an event, so most runs have none. (`lateWakeUps.test.ts`) */
  private hasLeft(queue: string): boolean {
    return this.leaving.has(queue) && patched('late wake-ups');
  }

  private async run(queue: string): Promise<void> {
    const { wakeNode } = proxyActivities<NodeActivities>({
      taskQueue: queue,
      scheduleToCloseTimeout: NODE_TIMEOUT,
      retry: { maximumAttempts: 1 },
    });
    do {
      this.again.delete(queue);
      // With this task's end, which comes next, stands what a short call has said in it.
      const { runId: run, historyLength } = workflowInfo();
      await wakeNode({ sessionId: this.sessionId, run, event: historyLength + 1 }).catch(() => undefined);
    } while (this.again.has(queue));
    this.leaving.add(queue);
  }
}
