/** The entries of one group, with their versions and expiries. */
import { jsonBytes } from '../../src/wire/bytes';
import {
  CLIENT_STORE_LIMIT,
  type ClientStoreInput,
  type DeleteEntry,
  type StoreEntry,
  type StoredEntry,
} from '../../src/wire/clientStore';

type Kept = ClientStoreInput['entries'][number];

/** An entry's version and expiry as JSON, rounded up. */
const BYTES_BESIDE = 120;

const sizeOf = ({ name, value }: Pick<Kept, 'name' | 'value'>): number =>
  jsonBytes(name) + jsonBytes(value) + BYTES_BESIDE;

export class Entries {
  private readonly entries: Map<string, Kept>;
  private bytes = 0;

  constructor(carried: readonly Kept[]) {
    this.entries = new Map(carried.map((entry) => [entry.name, entry]));
    for (const entry of carried) this.bytes += sizeOf(entry);
  }

  get isEmpty(): boolean {
    return this.entries.size === 0;
  }

  get all(): Kept[] {
    return [...this.entries.values()];
  }

  /** Infinity without entries. */
  get nextExpiry(): number {
    return this.all.reduce((next, { expiresAt }) => Math.min(next, expiresAt), Infinity);
  }

  get(name: string): StoredEntry | undefined {
    const kept = this.entries.get(name);
    return kept && publicPart(kept);
  }

  list(): StoredEntry[] {
    return this.all.map(publicPart);
  }

  /** Whether the entry has the version that the write expects, or the write itself has come before. */
  accepts({ name, version, ifVersion }: StoreEntry, now: number): boolean {
    const current = this.live(name, now)?.version;
    return current === ifVersion || current === version;
  }

  hasSpaceFor(entry: StoreEntry): boolean {
    return this.bytes - this.sizeAt(entry.name) + sizeOf(entry) <= CLIENT_STORE_LIMIT.bytes;
  }

  has({ name, version }: DeleteEntry, now: number): boolean {
    return this.live(name, now)?.version === version;
  }

  store(entry: StoreEntry, now: number): boolean {
    if (!this.accepts(entry, now)) return false;
    const { name, value, version, ttlMs } = entry;
    this.remove(name);
    this.entries.set(name, { name, value, version, expiresAt: now + ttlMs });
    this.bytes += sizeOf(entry);
    return true;
  }

  delete(entry: DeleteEntry, now: number): boolean {
    const had = this.has(entry, now);
    if (had) this.remove(entry.name);
    return had;
  }

  expire(now: number): void {
    for (const { name, expiresAt } of this.all) if (expiresAt <= now) this.remove(name);
  }

  private live(name: string, now: number): Kept | undefined {
    const kept = this.entries.get(name);
    return kept && kept.expiresAt > now ? kept : undefined;
  }

  private remove(name: string): void {
    this.bytes -= this.sizeAt(name);
    this.entries.delete(name);
  }

  private sizeAt(name: string): number {
    const kept = this.entries.get(name);
    return kept ? sizeOf(kept) : 0;
  }
}

const publicPart = ({ name, value, version }: Kept): StoredEntry => ({ name, value, version });
