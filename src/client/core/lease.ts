/**
 * A lease on a name in the store, renewed as long as this process runs. It is held only as long as it cannot
 * have ended by the store's clock: a process that was frozen finds out before it does anything.
 */
import type { Records, Kept } from './records';
import { HolderRecord } from './shapes';
import { holder, isGone } from './holder';

/** How long a lease outlives its process, where its death cannot be seen. */
export const LEASE_MS = 15_000;
export const RENEW_MS = 5_000;

/** The monotonic clock stands still while a machine sleeps, and the wall clock can be set back: both must agree. */
const now = () => ({ steady: performance.now(), wall: Date.now() });

export class Lease {
  private since: ReturnType<typeof now> | undefined;
  private kept: Kept<HolderRecord> | undefined;
  /** One write at a time: a second one would take the first's for another process's. */
  private writing: Promise<unknown> = Promise.resolve();
  private isReleased = false;

  constructor(
    private readonly records: Records,
    private readonly name: string,
    private readonly prefix: string,
  ) {}

  get isHeld(): boolean {
    if (!this.since) return false;
    const { steady, wall } = now();
    return steady - this.since.steady < LEASE_MS && wall - this.since.wall < LEASE_MS;
  }

  /** Takes or renews it, never after its release. Resolves with whoever has it instead. @throws StoreError */
  hold(): Promise<Kept<HolderRecord> | undefined> {
    return this.inTurn(() => (this.isReleased ? Promise.resolve(undefined) : this.take()));
  }

  async release(): Promise<void> {
    await this.inTurn(async () => {
      this.isReleased = true;
      this.since = undefined;
      if (this.kept) await this.records.remove(this.kept);
    });
  }

  private async take(): Promise<Kept<HolderRecord> | undefined> {
    const since = now();
    const mine = holder(this.prefix);
    let kept = this.kept && (await this.records.replace(this.kept, mine, LEASE_MS));
    let other: Kept<HolderRecord> | undefined;
    if (!kept) {
      other = await this.records.read(this.name, HolderRecord);
      if (!other) kept = await this.records.create(this.name, mine, LEASE_MS);
      // One's own: a write of which the store never said that it was done.
      else if (other.value.by === this.prefix || isGone(other.value))
        kept = await this.records.replace(other, mine, LEASE_MS);
    }
    this.kept = kept;
    this.since = kept && since;
    if (kept) return undefined;
    return other ?? (await this.records.read(this.name, HolderRecord)) ?? this.take();
  }

  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.writing.then(act);
    this.writing = turn.catch(() => undefined);
    return turn;
  }
}
