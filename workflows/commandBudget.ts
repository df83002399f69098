/**
 * Caps the bytes of commands in the end of one workflow task. Temporal takes no message above 4 MiB, and terminates the workflow whose
 * task's end is larger: calls that come at the same time are then started in several tasks. (`stepsAndWaits.test.ts`, `shortCalls.test.ts`)
 *
 * Nothing here goes by the length of the history, nor by the ends of local activities: a replay sees both otherwise than the first execution,
 * which was told of them one by one. (`replaysDecideAlike.test.ts`)
 */
import { patched, sleep, workflowInfo } from '@temporalio/workflow';

/** Short of 4 MiB by the 2 MiB of signals that may have come meanwhile, which are written with the task's end, and by its other commands. */
const MAXIMUM_BYTES = 1_900_000;
/** From here on a timer finds out what has been written, so that the calls that follow need not wait for one. */
const LOOK_BYTES = MAXIMUM_BYTES / 2;
/** Runs from before 0.2 left no room for the signals. */
const MAXIMUM_BYTES_BEFORE = 3_200_000;

export class CommandBudget {
  /** Of all commands so far, and of those of them that stand in the ends of earlier tasks. */
  private taken = 0;
  private written = 0;
  private isLooking = false;
  /** In runs from before 0.3 the length of the history tells tasks apart. */
  private before = { task: 0, bytes: 0 };

  constructor(private readonly countsItself: boolean) {}

  /** Whether so many bytes go with this task; they are counted then. To be asked before {@link wait}, which would change the order of commands. */
  take(bytes: number): boolean {
    if (!this.countsItself) return this.takeBefore(bytes);
    const unwritten = this.taken - this.written;
    if (unwritten > 0 && unwritten + bytes > MAXIMUM_BYTES) return false;
    this.taken += bytes;
    if (unwritten + bytes > LOOK_BYTES && !this.isLooking) void this.look();
    return true;
  }

  /** Resolves in a later task, which has room for it. */
  async wait(bytes: number): Promise<void> {
    do {
      const { mark } = this;
      await sleep(1);
      this.hasWritten(mark);
    } while (!this.take(bytes));
  }

  /** Where the commands so far end. Once Temporal has answered one of them, {@link hasWritten} gives their room back. */
  get mark(): number {
    return this.taken;
  }

  hasWritten(mark: number): void {
    this.written = Math.max(this.written, mark);
  }

  /** A timer fires in a later task: the commands before it stand in the ends of earlier ones. */
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

/** The patch's marker is an event, so most runs, which never come here, have none. */
const isTooMuch = (bytes: number): boolean =>
  bytes > MAXIMUM_BYTES_BEFORE || (bytes > MAXIMUM_BYTES && patched('signals have room'));
