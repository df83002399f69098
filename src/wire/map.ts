/**
 * A map shared by sessions, as one workflow: writes are updates, reads are queries. These names and shapes
 * are in histories and never change. Part of the workflow bundle.
 */
export const MAP_WORKFLOW = 'durableMap';

/** The name has no slash, so the workflow id is unique for each pair. */
export const mapWorkflowIdOf = (taskQueue: string, name: string): string => `mcp-map-${taskQueue}/${name}`;

/** One run can hand a payload of 2 MiB to the next; the rest of it is for the ids of the last writes. */
export const MAP_LIMIT = {
  nameBytes: 200,
  keyBytes: 256,
  valueBytes: 64 * 1024,
  entries: 10_000,
  bytes: 1_500_000,
  /** The most entries of one `range`. */
  range: 1_000,
};

/** The update's id identifies the write: writes with the same id happen once. */
export const INSERT_UPDATE = 'insert';
export interface Insert {
  readonly key: string;
  readonly value: unknown;
  /**
   * Write only if the key has this value now or, without `is`, if the key is absent. Otherwise the update
   * fails with {@link CHANGED}.
   */
  readonly expected?: { readonly is?: unknown };
}

/** Returns whether the key was there. */
export const REMOVE_UPDATE = 'remove';
export interface Remove {
  readonly key: string;
  /** As in {@link Insert}. */
  readonly expected?: { readonly is?: unknown };
}

export const GET_QUERY = 'get';
export const RANGE_QUERY = 'range';

/** Selects keys, in the order of their UTF-16 code units, as `<` compares strings. */
export interface RangeOptions {
  /** The first key, inclusive. */
  from?: string;
  /** The end of the range, exclusive. */
  to?: string;
  /** The most entries to return; 1,000 by default and at most. */
  limit?: number;
  /** From the last key to the first. */
  reverse?: boolean;
}

export type MapEntry = [key: string, value: unknown];

export interface MapInput {
  readonly entries: MapEntry[];
  /** The last writes, with their results. */
  readonly writes: [id: string, answer: boolean][];
}

/** The failure type of a write that exceeds a limit. */
export const REFUSED = 'LimitExceeded';

/** The failure type of a write that found another value than expected. */
export const CHANGED = 'Changed';
