/**
 * Caps the bytes of commands in the end of one workflow task. Temporal accepts no message above 4 MiB, and
 * terminates a workflow whose task's end is larger: calls that come at the same time are therefore started in
 * several tasks. (`stepsAndWaits.test.ts`, `inlineFirst.test.ts`)
 *
 * Nothing here depends on the length of the history or on the ends of local activities: a replay sees them at
 * other moments than the first execution. (`replaysDecideAlike.test.ts`)
 */
import { sleep, workflowInfo } from '@temporalio/workflow';
import { has } from './changes';

/**
 * 4 MiB less 2 MiB for signals that may come meanwhile, which are written with the task's end, and a margin
 * for other commands.
 */
const MAXIMUM_BYTES = 1_900_000;
/** From here on a timer measures what has been written, so that the following calls need not wait for one. */
const LOOK_BYTES = MAXIMUM_BYTES / 2;
/** Runs from before 0.2 left no space for the signals. */
const MAXIMUM_BYTES_BEFORE = 3_200_000;

export class CommandBudget {
  /** Bytes of all commands so far, and of those that earlier tasks have written. */
  private taken = 0;
  private written = 0;
  private isLooking = false;
  /** Runs from before 0.3 tell tasks apart by the length of the history. */
  private before = { task: 0, bytes: 0 };

  constructor(private readonly countsItself: boolean) {}

  /**
   * Counts the bytes if they fit into this task, and returns whether they do. Call it before {@link wait},
   * whose timer changes the order of commands.
   */
  take(bytes: number): boolean {
    if (!this.countsItself) return this.takeBefore(bytes);
    const unwritten = this.taken - this.written;
    if (unwritten > 0 && unwritten + bytes > MAXIMUM_BYTES) return false;
    this.taken += bytes;
    if (unwritten + bytes > LOOK_BYTES && !this.isLooking) void this.look();
    return true;
  }

  /** Resolves in a later task, after counting the bytes there. */
  async wait(bytes: number): Promise<void> {
    do {
      const { mark } = this;
      await sleep(1);
      this.hasWritten(mark);
    } while (!this.take(bytes));
  }

  /**
   * The end of the commands so far. Once Temporal has answered one of them, {@link hasWritten} returns their
   * bytes to the budget.
   */
  get mark(): number {
    return this.taken;
  }

  hasWritten(mark: number): void {
    this.written = Math.max(this.written, mark);
  }

  /** A timer fires in a later task, when earlier tasks have written the commands before it. */
  private async look(): Promise<void> {
    const { mark } = this;
    this.isLooking = true;
    await sleep(1);
    this.isLooking = false;
    this.hasWritten(mark);
  }

  private takeBefore(bytes: number): boolean {
    const { historyLength } = workflowInfo();
    if (historyLength !== this.before.task) this.before.bytes = 0;
    this.before.task = historyLength;
    if (this.before.bytes > 0 && isTooMuch(this.before.bytes + bytes)) return false;
    this.before.bytes += bytes;
    return true;
  }
}

/** The patch's marker is an event, so most runs, which never get here, have none. */
const isTooMuch = (bytes: number): boolean =>
  bytes > MAXIMUM_BYTES_BEFORE || (bytes > MAXIMUM_BYTES && has('signals have room'));
