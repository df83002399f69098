/** The size of an event, as it counts against Temporal's limits of a run. */
import type { temporal } from '@temporalio/proto';

export interface Weight {
  /** Bytes of the event's payloads and texts; the rest is about the same for every event. */
  readonly bytes: number;
  /** Temporal limits signals and updates separately. */
  readonly counts?: 'signal' | 'update';
}

export function weightOf(event: temporal.api.history.v1.IHistoryEvent): Weight {
  const bytes = bytesIn(event);
  if (event.workflowExecutionSignaledEventAttributes) return { bytes, counts: 'signal' };
  if (event.workflowExecutionUpdateAcceptedEventAttributes) return { bytes, counts: 'update' };
  return { bytes };
}

/** Protobuf objects are trees, so the recursion ends. */
export function bytesIn(value: unknown): number {
  if (value instanceof Uint8Array || typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let bytes = 0;
  for (const part of Object.values(value)) bytes += bytesIn(part);
  return bytes;
}
