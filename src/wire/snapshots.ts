/**
 * Snapshots of the folds in src/model, handed from one execution or run to the next. Part of the workflow
 * bundle.
 */
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
  /** Oldest first, each with its GET and the task queue on which to wake the GET's node. */
  readonly open: [stream: StreamId, getId: string, wakeAt?: string][];
  readonly told?: StreamId;
}

export interface SubscriptionsSnapshot {
  readonly uris: string[];
  readonly told: string[];
}
