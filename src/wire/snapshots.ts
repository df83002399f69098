/** What the folds of src/model hand from one execution, or one run, to the next. Part of the workflow bundle. */
import type { StreamId } from './eventId';

export type MessageFingerprint = readonly [hash: string, times: number];

export interface DeduplicatorSnapshot {
  readonly times: Record<string, number>;
  readonly progress?: number;
}

export interface SeenSnapshot {
  readonly recent: [key: string, digest: string, run: string][];
  readonly ranges: [from: number, to: number][];
  readonly strings: string[];
}

export interface ListenersSnapshot {
  /** Oldest first, each with the GET that it is read by, and where that one's node is woken. */
  readonly open: [stream: StreamId, getId: string, wakeAt?: string][];
  readonly told?: StreamId;
}

export interface SubscriptionsSnapshot {
  readonly uris: string[];
  readonly told: string[];
}
