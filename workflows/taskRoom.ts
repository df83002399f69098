/**
 * What the commands of one workflow task may weigh together. Temporal takes no message above 4 MiB, and terminates the workflow whose
 * task's end is larger: calls that come at the same time are then started in several tasks. (`stepsAndWaits.test.ts`, `shortCalls.test.ts`)
 */
import { patched, sleep, workflowInfo } from '@temporalio/workflow';

/** Short of 4 MiB by the 2 MiB of signals that may have come meanwhile, which are written with the task's end, and by its other commands. */
const MAXIMUM_BYTES = 1_900_000;
/** Runs from before 0.2 left no room for the signals. */
const MAXIMUM_BYTES_BEFORE = 3_200_000;

export class TaskRoom {
  /** The length of the history tells tasks apart. */
  private task = 0;
  private bytes = 0;

  /** Whether so many bytes go with this task; they are counted then. To be asked before {@link wait}, which would change the order of commands. */
  take(bytes: number): boolean {
    const { historyLength } = workflowInfo();
    if (historyLength !== this.task) this.bytes = 0;
    this.task = historyLength;
    if (this.bytes > 0 && isTooMuch(this.bytes + bytes)) return false;
    this.bytes += bytes;
    return true;
  }

  /** Resolves in a later task, which has room for it. */
  async wait(bytes: number): Promise<void> {
    do await sleep(1);
    while (!this.take(bytes));
  }
}

/** The patch's marker is an event, so most runs, which never come here, have none. */
const isTooMuch = (bytes: number): boolean =>
  bytes > MAXIMUM_BYTES_BEFORE || (bytes > MAXIMUM_BYTES && patched('signals have room'));
