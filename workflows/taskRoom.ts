/**
 * Caps the bytes of commands in the end of one workflow task. Temporal takes no message above 4 MiB, and terminates the workflow whose
 * task's end is larger: calls that come at the same time are then started in several tasks. (`stepsAndWaits.test.ts`, `shortCalls.test.ts`)
 */
import { condition, patched, sleep, workflowInfo } from '@temporalio/workflow';

/** Short of 4 MiB by the 2 MiB of signals that may have come meanwhile, which are written with the task's end, and by its other commands. */
const MAXIMUM_BYTES = 1_900_000;
/** Runs from before 0.2 left no room for the signals. */
const MAXIMUM_BYTES_BEFORE = 3_200_000;

export class TaskRoom {
  /** Of all commands so far, and of those of them that stand in earlier tasks' ends. */
  private taken = 0;
  private written = 0;
  /** Of short calls in flight, whose answers go with the task in which they end. */
  private reserved = 0;
  /** In runs from before 0.3 the length of the history tells tasks apart, which a replay may not see alike (runLength.ts). */
  private before = { task: 0, bytes: 0 };

  constructor(private readonly countsItself: boolean) {}

  /** Whether so many bytes go with this task; they are counted then. To be asked before {@link wait}, which would change the order of commands. */
  take(bytes: number): boolean {
    if (!this.countsItself) return this.takeBefore(bytes);
    if (!this.fits(bytes)) return false;
    this.taken += bytes;
    return true;
  }

  /** Resolves in a later task, which has room for it. */
  wait(bytes: number): Promise<void> {
    return this.waitUntil(bytes, () => this.take(bytes));
  }

  /** As {@link take}, for a short call, whose answer goes with the task in which it ends, whichever that is. */
  reserve(bytes: number): boolean {
    if (!this.countsItself) return this.takeBefore(bytes);
    if (!this.fits(bytes)) return false;
    this.reserved += bytes;
    return true;
  }

  waitToReserve(bytes: number): Promise<void> {
    return this.waitUntil(bytes, () => this.reserve(bytes));
  }

  /** The short call has ended, with so many bytes of what was reserved for it. */
  release(bytes: number, used: number): void {
    if (!this.countsItself) return;
    this.reserved -= bytes;
    this.taken += used;
  }

  /** Where the commands so far end. Once Temporal has answered one of them, {@link hasWritten} gives their room back. */
  get mark(): number {
    return this.taken;
  }

  hasWritten(mark: number): void {
    this.written = Math.max(this.written, mark);
  }

  private fits(bytes: number): boolean {
    const unwritten = this.taken - this.written + this.reserved;
    return unwritten === 0 || unwritten + bytes <= MAXIMUM_BYTES;
  }

  /** A timer fires in a later task: the commands before it stand in the ends of earlier ones. */
  private async waitUntil(bytes: number, take: () => boolean): Promise<void> {
    do {
      const { mark } = this;
      if (this.countsItself && mark === this.written) {
        await condition(() => this.fits(bytes)); // only ends of short calls give room
        continue;
      }
      await sleep(1);
      this.hasWritten(mark);
    } while (!take());
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
