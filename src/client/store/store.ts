/**
 * Where a client keeps what must outlive its process: its session, its calls, its answers. A store is a map
 * with compare-and-set and expiry; all else (leases, fences, joining by key) is made of these, so that it is
 * the same over every store.
 */

export interface Entry {
  readonly name: string;
  readonly value: string;
  /** Another for each write, also for a write of the same value. */
  readonly version: string;
}

export interface Write {
  /** The version that the entry must have; `undefined`: there must be no entry. */
  readonly ifVersion: string | undefined;
  /** After this time without a write the entry is gone. The store's clock counts, not the client's. */
  readonly ttlMs: number;
}

/**
 * Entries are in groups: one group for each session, with letters, digits, `-`, `_` and `:` in its name.
 * Names of entries have the same characters and `.` and `/`. Methods reject when the store cannot be reached.
 */
export interface SessionStore {
  get(group: string, name: string): Promise<Entry | undefined>;
  /** Resolves with the entry's new version, or with `undefined` if it did not have the version `ifVersion`. */
  store(group: string, name: string, value: string, write: Write): Promise<string | undefined>;
  /** Resolves with whether the entry had this version, and is gone now. */
  delete(group: string, name: string, version: string): Promise<boolean>;
  /** All entries of the group, in no order. */
  list(group: string): Promise<Entry[]>;
  /** Lets go of what the store itself has opened. A client that was handed to it stays open. */
  close(): Promise<void>;
}
