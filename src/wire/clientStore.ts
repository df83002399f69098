/**
 * A group of a client's entries, as one workflow: writes are updates, reads are queries. These names and shapes
 * are in histories and never change. Part of the workflow bundle.
 */
export const CLIENT_STORE_WORKFLOW = 'mcpClientStore';

/** One run can hand a payload of 2 MiB to the next. */
export const CLIENT_STORE_LIMIT = {
  /** The largest value, as JSON. */
  valueBytes: 1_000_000,
  /** All entries of a group, as JSON. */
  bytes: 1_900_000,
};

/** Returns whether the entry had the version `ifVersion`. */
export const STORE_UPDATE = 'storeEntry';
export interface StoreEntry {
  readonly name: string;
  readonly value: string;
  /** The new version, by which a write that is sent again is known. */
  readonly version: string;
  /** Absent: there must be no entry. */
  readonly ifVersion?: string;
  readonly ttlMs: number;
}

/** Returns whether the entry had this version. */
export const DELETE_UPDATE = 'deleteEntry';
export interface DeleteEntry {
  readonly name: string;
  readonly version: string;
}

export interface StoredEntry {
  readonly name: string;
  readonly value: string;
  readonly version: string;
}

export const GET_QUERY = 'get';
export const LIST_QUERY = 'list';

/** The entries, each with the time of its expiry in epoch milliseconds. */
export interface ClientStoreInput {
  readonly entries: (StoredEntry & { readonly expiresAt: number })[];
}

/** The failure type of a write that exceeds {@link CLIENT_STORE_LIMIT}. */
export const STORE_FULL = 'StoreFull';

/** The failure type of a write that found another version. */
export const VERSION_DIFFERS = 'VersionDiffers';
