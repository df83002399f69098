/** What an event takes of what Temporal lets a run have. */
import type { temporal } from '@temporalio/proto';

export interface Weight {
  /** Of its payloads and texts; the rest of an event is about as large for each. */
  readonly bytes: number;
  /** Temporal counts these apart. */
  readonly counts?: 'signal' | 'update';
}

export function weightOf(event: temporal.api.history.v1.IHistoryEvent): Weight {
  const bytes = bytesIn(event);
  if (event.workflowExecutionSignaledEventAttributes) return { bytes, counts: 'signal' };
  if (event.workflowExecutionUpdateAcceptedEventAttributes) return { bytes, counts: 'update' };
  return { bytes };
}

/** Protobuf's objects are trees. */
export function bytesIn(value: unknown): number {
  if (value instanceof Uint8Array || typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let bytes = 0;
  for (const part of Object.values(value)) bytes += bytesIn(part);
  return bytes;
}
