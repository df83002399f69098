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

export class Lease {
  private until = 0;
  private kept: Kept<HolderRecord> | undefined;

  constructor(
    private readonly records: Records,
    private readonly name: string,
    private readonly prefix: string,
  ) {}

  get isHeld(): boolean {
    return performance.now() < this.until;
  }

  /** Takes or renews it. Resolves with whoever has it instead. @throws StoreError */
  async hold(): Promise<Kept<HolderRecord> | undefined> {
    const since = performance.now();
    const mine = holder(this.prefix);
    let kept = this.kept && (await this.records.replace(this.kept, mine, LEASE_MS));
    let other: Kept<HolderRecord> | undefined;
    if (!kept) {
      other = await this.records.read(this.name, HolderRecord);
      if (!other) kept = await this.records.create(this.name, mine, LEASE_MS);
      else if (isGone(other.value)) kept = await this.records.replace(other, mine, LEASE_MS);
    }
    this.kept = kept;
    this.until = kept ? since + LEASE_MS : 0;
    if (kept) return undefined;
    return other ?? (await this.records.read(this.name, HolderRecord)) ?? this.hold();
  }

  async release(): Promise<void> {
    const { kept } = this;
    this.kept = undefined;
    this.until = 0;
    if (kept) await this.records.remove(kept);
  }
}
