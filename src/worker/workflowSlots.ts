/**
 * How many workflow tasks a worker takes at a time. A session that comes to a worker which does not have it in
 * memory is replayed. All replays take turns in one thread: when a worker has gone, its sessions, taken all at
 * once by another, would all miss the 5 s of their tasks, and begin again. A task that is not taken waits in the
 * queue without harm. (`noHandlerRunsTwice.test.ts`)
 */
import type {
  CustomSlotSupplier,
  SlotPermit,
  SlotReserveContext,
  WorkflowSlotInfo,
} from '@temporalio/worker';

/** The SDK's default. */
const MAXIMUM_TASKS = 40;
/** Sessions that are new to this worker: a replay of 4,000 events takes a second or two. */
const MAXIMUM_REPLAYS = 2;

interface Permit extends SlotPermit {
  readonly isSticky: boolean;
}

interface Waiting {
  readonly isSticky: boolean;
  readonly take: (permit: Permit) => void;
}

export class WorkflowSlots implements CustomSlotSupplier<WorkflowSlotInfo> {
  readonly type = 'custom';
  private tasks = 0;
  private replays = 0;
  private readonly waiting = new Set<Waiting>();

  reserveSlot({ isSticky }: SlotReserveContext, abortSignal: AbortSignal): Promise<SlotPermit> {
    return new Promise((take, reject) => {
      const waiting = { isSticky, take };
      this.waiting.add(waiting);
      abortSignal.addEventListener('abort', () => {
        if (this.waiting.delete(waiting)) reject(abortSignal.reason as Error);
      });
      this.hand();
    });
  }

  tryReserveSlot({ isSticky }: SlotReserveContext): SlotPermit | null {
    return this.take(isSticky) ?? null;
  }

  markSlotUsed(): void {
    // A slot counts from its reservation.
  }

  releaseSlot({ permit }: { permit: SlotPermit }): void {
    this.tasks--;
    if (!(permit as Permit).isSticky) this.replays--;
    this.hand();
  }

  /** First come, first served, of either kind. */
  private hand(): void {
    for (const waiting of this.waiting) {
      const permit = this.take(waiting.isSticky);
      if (!permit) continue;
      this.waiting.delete(waiting);
      waiting.take(permit);
    }
  }

  private take(isSticky: boolean): Permit | undefined {
    if (this.tasks >= MAXIMUM_TASKS || (!isSticky && this.replays >= MAXIMUM_REPLAYS)) return undefined;
    this.tasks++;
    if (!isSticky) this.replays++;
    return { isSticky };
  }
}
