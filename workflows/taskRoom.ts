/**
 * What the commands of one workflow task may weigh together. Temporal takes no message above 4 MiB, and terminates the workflow whose
 * task's end is larger: calls that come at the same time are then started in several tasks. (`stepsAndWaits.test.ts`)
 */
import { sleep, workflowInfo } from '@temporalio/workflow';

/** Short of 4 MiB by what the task's other commands may have. */
const MAXIMUM_BYTES = 3_200_000;

export class TaskRoom {
  /** The length of the history tells tasks apart. */
  private task = 0;
  private bytes = 0;

  /** Whether so many bytes go with this task; they are counted then. To be asked before {@link wait}, which would change the order of commands. */
  take(bytes: number): boolean {
    const { historyLength } = workflowInfo();
    if (historyLength !== this.task) this.bytes = 0;
    this.task = historyLength;
    if (this.bytes > 0 && this.bytes + bytes > MAXIMUM_BYTES) return false;
    this.bytes += bytes;
    return true;
  }

  /** Resolves in a later task, which has room for it. */
  async wait(bytes: number): Promise<void> {
    do await sleep(1);
    while (!this.take(bytes));
  }
}
