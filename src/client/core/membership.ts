/**
 * This process among those that use the session. Each has a lease that says that it lives; one of them is the
 * owner, which alone listens to the session's own stream and takes over what dead ones have left.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { LeaseLost, StoreError } from '../errors';
import { begin, end, isGone } from './holder';
import { LEASE_MS, Lease, RENEW_MS } from './lease';
import { parsed, type Kept, type Records } from './records';
import type { Entry } from '../store/store';
import { HolderRecord } from './shapes';

/** How often a process that wants the session of another one looks whether that has gone. */
const LOOK_MS = 500;

export interface MembershipEvents {
  /** After each renewal by the owner; `first`: it has just become the owner. */
  onOwning(first: boolean): void;
  /** After each renewal. */
  onRenewed(): Promise<void>;
  /** The lease had lapsed and was taken again: others may have taken over what this process had. */
  onRegained(): Promise<void>;
  /** Another process has the session now. */
  onLost(error: LeaseLost): void;
}

export class Membership {
  private readonly presence: Lease;
  private readonly ownership: Lease;
  private timer: NodeJS.Timeout | undefined;
  private regaining: Promise<void> | undefined;
  private wasOwner = false;
  private isOpen = false;

  constructor(
    private readonly records: Records,
    private readonly prefix: string,
    private readonly shared: boolean,
    private readonly events: MembershipEvents,
    private readonly warn: (message: string, cause?: unknown) => void,
  ) {
    this.presence = new Lease(records, `at/${prefix}`, prefix);
    this.ownership = new Lease(records, 'owner', prefix);
  }

  get isOwner(): boolean {
    return this.ownership.isHeld;
  }

  /** Resolves also when {@link leave} is called meanwhile. @throws LeaseLost if another process has the session to itself, StoreError */
  async join(): Promise<void> {
    begin(this.prefix);
    this.isOpen = true;
    if (this.shared) await this.presence.hold();
    for (let before: Kept<HolderRecord> | undefined; ; await pause(LOOK_MS)) {
      const other = await this.ownership.hold();
      if (!this.isOpen) return; // closed meanwhile
      if (!other || this.shared) break;
      const renews = before && (before.value.by !== other.value.by || before.version !== other.version);
      if (renews) {
        this.isOpen = false;
        end(this.prefix);
        throw inUse(other);
      }
      before = other;
    }
    this.timer = setInterval(() => void this.renew(), RENEW_MS).unref();
  }

  /** Before anything that only the process that has the session may do. @throws LeaseLost */
  async assert(): Promise<void> {
    if (this.mine.isHeld) return;
    this.regaining ??= this.regain().finally(() => (this.regaining = undefined));
    await this.regaining;
  }

  async leave(): Promise<void> {
    clearInterval(this.timer);
    this.isOpen = false;
    end(this.prefix);
    const released = await Promise.allSettled([this.ownership.release(), this.presence.release()]);
    released.forEach((one) => {
      if (one.status === 'rejected')
        this.warn(`The session's lease ends by itself in ${LEASE_MS / 1_000} s.`, one.reason);
    });
  }

  /** The prefixes of the processes that live, by their leases. */
  static living(entries: readonly Entry[]): Set<string> {
    const holders = entries
      .filter(({ name }) => name === 'owner' || name.startsWith('at/'))
      .flatMap((entry) => parsed(entry, HolderRecord) ?? []);
    return new Set(holders.filter(({ value }) => !isGone(value)).map(({ value }) => value.by));
  }

  /** The lease without which this process may do nothing. */
  private get mine(): Lease {
    return this.shared ? this.presence : this.ownership;
  }

  announceOwnership(): void {
    if (this.isOwner) this.events.onOwning(!this.wasOwner);
    this.wasOwner = this.isOwner;
  }

  private async renew(): Promise<void> {
    try {
      if (this.mine.isHeld) {
        const [lost] = await Promise.all([this.mine.hold(), this.shared && this.ownership.hold()]);
        if (lost) throw inUse(lost);
      } else await this.assert();
      if (!this.isOpen) return;
      this.announceOwnership();
      await this.events.onRenewed();
    } catch (error) {
      if (!this.isOpen) return;
      if (error instanceof LeaseLost) this.events.onLost(error);
      else this.warn("The session's lease cannot be renewed; another process may take the session.", error);
    }
  }

  private async regain(): Promise<void> {
    // What ended with the lease, such as the session's own stream, begins again.
    this.wasOwner = false;
    try {
      const other = await this.mine.hold();
      if (other) throw inUse(other);
      if (this.shared) await this.ownership.hold();
      await this.events.onRegained();
    } catch (error) {
      // Without its store a client goes on: no other process can take the session over either.
      if (!(error instanceof StoreError)) throw error;
      this.warn('The store is away; calls without a key go on in memory only.', error);
    }
  }
}

const inUse = ({ value: { pid, machine } }: Kept<HolderRecord>): LeaseLost =>
  new LeaseLost(
    `Another process has the session (process ${pid} of ${machine.split(' ')[0]}); end that one, or give both mode: 'shared', or each a namespace.`,
    { phase: 'unsent', retryable: true },
  );
