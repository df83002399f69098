/**
 * Reads a session's history without the product's own reader, so that an error of that reader cannot mislead
 * the run.
 */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { z } from 'zod';

export type LogEntry =
  | { readonly kind: 'signal'; readonly name: string; readonly input: unknown }
  /** An activity has ended, and with it the call or one execution of it; or the call has ended inline. */
  | { readonly kind: 'completed'; readonly suspended: boolean }
  /** An activity has not found the attempt that it was to adopt, and another follows. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'update'; readonly name: string };

const Suspended = z.object({ suspended: z.object({ elsewhere: z.boolean().optional() }) });
const InlineAnswer = z.object({ response: z.object({}) });
const { TIMEOUT_TYPE_SCHEDULE_TO_START } = temporal.api.enums.v1.TimeoutType;
const Asking = z.object({ emits: z.array(z.object({ step: z.string().optional() })) });

export async function logOf(client: Client, sessionId: string): Promise<LogEntry[]> {
  const { events } = await client.workflow.getHandle(`mcp-session-${sessionId}`).fetchHistory();
  return (events ?? []).flatMap((event): LogEntry[] => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal)
      return [{ kind: 'signal', name: signal.signalName ?? '', input: valueOf(signal.input?.payloads) }];
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) {
      const { success, data } = Suspended.safeParse(valueOf(completed.result?.payloads));
      return [data?.suspended.elsewhere ? { kind: 'elsewhere' } : { kind: 'completed', suspended: success }];
    }
    const marker = event.markerRecordedEventAttributes?.details;
    if (InlineAnswer.safeParse(valueOf(marker?.result?.payloads)).success)
      return [{ kind: 'completed', suspended: false }];
    const lost = event.activityTaskTimedOutEventAttributes ?? event.activityTaskFailedEventAttributes;
    if (lost) {
      const wasNotTaken = lost.failure?.timeoutFailureInfo?.timeoutType === TIMEOUT_TYPE_SCHEDULE_TO_START;
      return [{ kind: wasNotTaken ? 'elsewhere' : 'lost' }];
    }
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    return update ? [{ kind: 'update', name: update.name ?? '' }] : [];
  });
}

const valueOf = (payloads: Payload[] | null | undefined): unknown => {
  const [payload] = payloads ?? [];
  return payload?.data?.length ? defaultPayloadConverter.fromPayload(payload) : undefined;
};

export const hasSignal = (log: LogEntry[], signal: string): boolean =>
  log.some((entry) => entry.kind === 'signal' && entry.name === signal);

/** Whether the call has its result, or is lost. */
export const isOver = (log: LogEntry[]): boolean =>
  log.some((entry) => entry.kind === 'lost' || (entry.kind === 'completed' && !entry.suspended));

export const wasSuspended = (log: LogEntry[]): boolean =>
  log.some((entry) => entry.kind === 'completed' && entry.suspended);

/** Whether the call's question to the client is in the history. */
export const hasAsked = (log: LogEntry[]): boolean =>
  log.some((entry) => {
    if (entry.kind !== 'signal' || entry.name !== 'emit') return false;
    const { data } = Asking.safeParse(entry.input);
    return data?.emits.some(({ step }) => step !== undefined) ?? false;
  });
