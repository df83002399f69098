/**
 * A map that sessions share: one workflow for each map. Writes are updates, reads are queries. Names and shapes, which stand in
 * histories and never change. Part of the workflow bundle.
 */
export const MAP_WORKFLOW = 'durableMap';

/** The name has no slash, so no two pairs make the same id. */
export const mapWorkflowIdOf = (taskQueue: string, name: string): string => `mcp-map-${taskQueue}/${name}`;

/** What a run can hand to the next is one payload of 2 MiB; the rest is for the ids of the last writes. */
export const MAP_LIMIT = {
  nameBytes: 200,
  keyBytes: 256,
  valueBytes: 64 * 1024,
  entries: 10_000,
  bytes: 1_500_000,
  /** Entries that one `range` returns. */
  range: 1_000,
};

/** An update's id names the write: the same id writes once. */
export const INSERT_UPDATE = 'insert';
export interface Insert {
  readonly key: string;
  readonly value: unknown;
  /** Written only if the key has this value now; without `is`, only if the key is absent. Else refused with {@link CHANGED}. */
  readonly expected?: { readonly is?: unknown };
}

/** Answers whether the key was there. */
export const REMOVE_UPDATE = 'remove';
export interface Remove {
  readonly key: string;
  /** As of {@link Insert}. */
  readonly expected?: { readonly is?: unknown };
}

export const GET_QUERY = 'get';
export const RANGE_QUERY = 'range';

/** Which keys, in the order of their UTF-16 code units, as `<` compares texts. */
export interface RangeOptions {
  /** The first key. */
  from?: string;
  /** The key before which it ends. */
  to?: string;
  /** How many entries at most; 1,000 if not said, and never more. */
  limit?: number;
  /** From the last key to the first. */
  reverse?: boolean;
}

export type MapEntry = [key: string, value: unknown];

export interface MapInput {
  readonly entries: MapEntry[];
  /** The last writes, with their answers. */
  readonly writes: [id: string, answer: boolean][];
}

/** What the workflow refuses is an application failure of this type. */
export const REFUSED = 'LimitExceeded';

/** What has another value than it was expected to have is refused with a failure of this type. */
export const CHANGED = 'Changed';
