/**
 * Turns a session's history into the session events that matter to MCP. Only this file knows Temporal's event
 * types. Payloads are decoded with the client's data converter, so encrypted histories can be read as well.
 */
import {
  decodeArrayFromPayloads,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow';
import type { LoadedDataConverter } from '@temporalio/common';
import { requiredTsToDate } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';
import { CALL_ACTIVITY, callKey, type CallInput, type CallOutcome, type InlineAnswer } from '../wire/call';
import type { SessionInput } from '../wire/session';
import { fitsSignal, fitsUpdate, isOutcome, isSessionInput, isInlineAnswer } from '../wire/shapes';
import * as wire from '../wire/signals';
import { assertReadable } from './encoding';
import { weightOf, type Weight } from './weight';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
/** The marker that the SDK's core records for a local activity. */
const LOCAL_ACTIVITY = 'core_local_activity';
const {
  TIMEOUT_TYPE_SCHEDULE_TO_CLOSE: SCHEDULE_TO_CLOSE,
  TIMEOUT_TYPE_SCHEDULE_TO_START: SCHEDULE_TO_START,
} = temporal.api.enums.v1.TimeoutType;
const { RETRY_STATE_CANCEL_REQUESTED: CANCEL_REQUESTED } = temporal.api.enums.v1.RetryState;

/** `event` is the history event's number in its run, from 1; `time` is when Temporal wrote it. */
export type SessionEvent = { readonly event: number; readonly time: Date } & Weight &
  /** `previous` is the run that this one continues. */
  (
    | {
        readonly kind: 'started';
        readonly run: string;
        readonly input: SessionInput;
        readonly previous?: string;
      }
    | { readonly kind: 'request'; readonly signal: wire.RequestSignal }
    | { readonly kind: 'clientMessage'; readonly signal: wire.ClientMessageSignal }
    | { readonly kind: 'logLevel'; readonly signal: wire.LogLevelSignal }
    | { readonly kind: 'listen' | 'leave'; readonly signal: wire.ListenSignal }
    | { readonly kind: 'await'; readonly signal: wire.AwaitSignal }
    | { readonly kind: 'heard' }
    | { readonly kind: 'subscription'; readonly signal: wire.SubscriptionSignal }
    | { readonly kind: 'notify'; readonly signal: wire.NotifySignal }
    | { readonly kind: 'emit'; readonly signal: wire.EmitSignal }
    | { readonly kind: 'record'; readonly signal: wire.RecordSignal }
    | { readonly kind: 'records'; readonly signal: wire.RecordsSignal }
    | { readonly kind: 'end'; readonly signal: unknown }
    | { readonly kind: 'setState'; readonly update: wire.SetState }
    | { readonly kind: 'openAttempt'; readonly update: wire.OpenAttempt }
    | { readonly kind: 'callScheduled'; readonly call: string; readonly request: CallInput }
    /**
     * Temporal writes this event when the activity closes, for its last attempt only. `after` is the failure
     * of the attempt before.
     */
    | {
        readonly kind: 'callStarted';
        readonly scheduled: number;
        readonly attempt: number;
        readonly after?: string;
      }
    | { readonly kind: 'callEnded'; readonly scheduled: number; readonly outcome: CallOutcome }
    /** No attempt ended, and none will follow: the call's time is up, or its only attempt was cut off. */
    | { readonly kind: 'callLost'; readonly scheduled: number; readonly outOfTime: boolean }
    | { readonly kind: 'inlineEnded'; readonly outcome: InlineAnswer }
    | { readonly kind: 'continued'; readonly run: string }
    | { readonly kind: 'closed' }
    /**
     * No reader needs its content, but it counts for the run's size: the claim of a step, the result of an
     * update.
     */
    | { readonly kind: 'other' }
    /** A foreign message, which the workflow skips as well (wire/shapes.ts). Clients see nothing of it. */
    | { readonly kind: 'malformed'; readonly what: string }
  );

/** `undefined` for events that no reader needs, such as workflow tasks and timers. */
export async function sessionEventOf(
  event: HistoryEvent,
  converter: LoadedDataConverter,
): Promise<SessionEvent | undefined> {
  const time = requiredTsToDate(event.eventTime, 'eventTime');
  const at = { event: Number(event.eventId), time, ...weightOf(event) };
  const decode = async (payloads: temporal.api.common.v1.IPayloads | null | undefined): Promise<unknown> =>
    (await decodeArrayFromPayloads(converter, payloads?.payloads))[0];

  if (event.workflowExecutionStartedEventAttributes) {
    const { originalExecutionRunId, continuedExecutionRunId, input } =
      event.workflowExecutionStartedEventAttributes;
    const session = await decode(input);
    if (!isSessionInput(session)) {
      await assertReadable(converter, input?.payloads?.[0]);
      return { ...at, kind: 'closed' }; // a foreign workflow, not a session
    }
    return {
      ...at,
      kind: 'started',
      run: originalExecutionRunId ?? '',
      input: session,
      previous: continuedExecutionRunId || undefined,
    };
  }
  if (event.workflowExecutionSignaledEventAttributes) {
    const { signalName, input } = event.workflowExecutionSignaledEventAttributes;
    const signal = SIGNALS.find((name) => name === signalName);
    if (!signal) return { ...at, kind: 'other' };
    return { ...at, ...eventOfSignal(signal, await decode(input)) };
  }
  if (event.workflowExecutionUpdateAcceptedEventAttributes) {
    const { name, args } = event.workflowExecutionUpdateAcceptedEventAttributes.acceptedRequest?.input ?? {};
    const update = UPDATES.find((known) => known === name);
    if (!update) return { ...at, kind: 'other' };
    return { ...at, ...eventOfUpdate(update, await decode(args)) };
  }
  if (event.workflowExecutionUpdateCompletedEventAttributes) return { ...at, kind: 'other' };
  if (event.activityTaskScheduledEventAttributes) {
    const { activityType, input } = event.activityTaskScheduledEventAttributes;
    if (activityType?.name !== CALL_ACTIVITY) return undefined;
    const request = (await decode(input)) as CallInput | undefined; // trusted: only the workflow schedules activities
    if (!request) {
      await assertReadable(converter, input?.payloads?.[0]);
      return undefined;
    }
    return { ...at, kind: 'callScheduled', call: callKey(request.message.id), request };
  }
  if (event.activityTaskStartedEventAttributes) {
    const { scheduledEventId, attempt, lastFailure } = event.activityTaskStartedEventAttributes;
    const after = (await decodeOptionalFailureToOptionalError(converter, lastFailure))?.message || undefined;
    return { ...at, kind: 'callStarted', scheduled: Number(scheduledEventId), attempt: attempt ?? 1, after };
  }
  if (event.activityTaskCompletedEventAttributes) {
    const { scheduledEventId, result } = event.activityTaskCompletedEventAttributes;
    const scheduled = Number(scheduledEventId);
    const outcome = await decode(result);
    if (isOutcome(outcome)) return { ...at, kind: 'callEnded', scheduled, outcome };
    await assertReadable(converter, result?.payloads?.[0]);
    return { ...at, kind: 'callLost', scheduled, outOfTime: false };
  }
  const lost = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
  if (lost) {
    const { timeoutFailureInfo, applicationFailureInfo } = lost.failure ?? {};
    // Nobody took the activity in time, and the workflow schedules another.
    if (timeoutFailureInfo?.timeoutType === SCHEDULE_TO_START) return { ...at, kind: 'other' };
    // The session has cancelled the activity. Unless the session has ended, or the client has cancelled the call, the call
    // goes on in the next run (workflows/call/call.ts). (`crashWhileHandedOver.test.ts`)
    const isFinal = applicationFailureInfo?.nonRetryable;
    if (lost.retryState === CANCEL_REQUESTED && !isFinal) return { ...at, kind: 'other' };
    const outOfTime =
      timeoutFailureInfo?.timeoutType === SCHEDULE_TO_CLOSE ||
      applicationFailureInfo?.type === wire.OUT_OF_TIME;
    return { ...at, kind: 'callLost', scheduled: Number(lost.scheduledEventId), outOfTime };
  }
  if (event.markerRecordedEventAttributes) {
    const { markerName, details, failure } = event.markerRecordedEventAttributes;
    if (markerName !== LOCAL_ACTIVITY || failure) return undefined;
    const outcome = await decode(details?.result);
    if (outcome === undefined) await assertReadable(converter, details?.result?.payloads?.[0]);
    return isInlineAnswer(outcome) ? { ...at, kind: 'inlineEnded', outcome } : undefined;
  }
  if (event.workflowExecutionContinuedAsNewEventAttributes) {
    return {
      ...at,
      kind: 'continued',
      run: event.workflowExecutionContinuedAsNewEventAttributes.newExecutionRunId ?? '',
    };
  }
  return closes(event) ? { ...at, kind: 'closed' } : undefined;
}

/** The signals of a session that readers need. The session event's `kind` is the signal's name. */
const SIGNALS = [
  wire.REQUEST_SIGNAL,
  wire.CLIENT_MESSAGE_SIGNAL,
  wire.LOG_LEVEL_SIGNAL,
  wire.LISTEN_SIGNAL,
  wire.LEAVE_SIGNAL,
  wire.AWAIT_SIGNAL,
  wire.KEEPALIVE_SIGNAL,
  wire.SUBSCRIPTION_SIGNAL,
  wire.NOTIFY_SIGNAL,
  wire.EMIT_SIGNAL,
  wire.RECORD_SIGNAL,
  wire.RECORDS_SIGNAL,
  wire.END_SIGNAL,
] as const;
const UPDATES = [wire.SHORT_REQUEST_UPDATE, wire.SET_STATE_UPDATE, wire.OPEN_ATTEMPT_UPDATE] as const;

type Undated<T> = T extends unknown ? Omit<T, 'event' | 'time' | keyof Weight> : never;

function eventOfSignal(name: (typeof SIGNALS)[number], signal: unknown): Undated<SessionEvent> {
  if (!fitsSignal(name, signal)) return { kind: 'malformed', what: `signal ${name}` };
  return { kind: name, signal } as Undated<SessionEvent>;
}

function eventOfUpdate(name: (typeof UPDATES)[number], update: unknown): Undated<SessionEvent> {
  if (!fitsUpdate(name, update)) return { kind: 'malformed', what: `update ${name}` };
  if (name === wire.SHORT_REQUEST_UPDATE) return { kind: 'request', signal: update as wire.RequestSignal };
  return { kind: name, update } as Undated<SessionEvent>;
}

const closes = (event: HistoryEvent): boolean =>
  event.workflowExecutionCompletedEventAttributes != null ||
  event.workflowExecutionFailedEventAttributes != null ||
  event.workflowExecutionTimedOutEventAttributes != null ||
  event.workflowExecutionCanceledEventAttributes != null ||
  event.workflowExecutionTerminatedEventAttributes != null;
