/** The activities that run a call's handler, with their options for Temporal. */
import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import type { CallPolicy, CallRequest } from '../../src/wire/call';
import type { JSONRPCRequest } from '../../src/wire/messages';
import { HEARTBEAT_TIMEOUT_MS, heartbeatTimeoutAmong } from '../../src/model/recovery';
import { summaryOf } from '../temporalUi';

/**
 * Retries after a crash. The interval doubles, since a call that crashes its worker also hurts the other
 * calls there. The first retry comes soon, since most crashes are deploys.
 */
const AFTER_CRASH = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;
/**
 * A local activity that has not returned by then has a handler that blocks its worker, since it returns after
 * 50 ms. Shorter than a workflow task, so that the task, too, is soon given to another worker.
 */
const MAXIMUM_INLINE_MS = 3_000;
/**
 * How long an activity waits for the worker that has its attempt: one that is alive takes it at once, unless a
 * handler blocks it, which may take as long as a heartbeat.
 */
const ADOPTED_WITHIN = '5s';
/**
 * With so many calls in flight or fewer, Temporal gives the activity to the worker that has the workflow task,
 * with that task's end, which saves a commit. With more, it spreads them over the workers.
 */
const MAXIMUM_EAGER = 3;

export interface ActivitySettings {
  readonly sessionId: string;
  /** Number of calls of the session in flight. */
  readonly inFlight: number;
  /** Milliseconds for all attempts together. */
  readonly scheduleToCloseTimeout: number;
  /** The request cannot be read, not even for a summary. */
  readonly isBroken: boolean;
  /**
   * The activity adopts an attempt. It goes to the worker with the given task queue or, without one, to that
   * which has the present workflow task.
   */
  readonly adopts?: { readonly taskQueue?: string };
}

export function activityOf(
  { message, policy }: CallRequest,
  { sessionId, inFlight, scheduleToCloseTimeout, isBroken, adopts }: ActivitySettings,
): Activities['handleRequest'] {
  return proxyActivities<Activities>({
    ...(adopts?.taskQueue && { taskQueue: adopts.taskQueue, scheduleToStartTimeout: ADOPTED_WITHIN }),
    allowEagerDispatch: adopts !== undefined || inFlight <= MAXIMUM_EAGER,
    activityId: `request ${JSON.stringify(message.id)}`,
    summary: isBroken ? undefined : summaryOf(message),
    scheduleToCloseTimeout,
    priority: { fairnessKey: sessionId },
    heartbeatTimeout: heartbeatTimeoutAmong(
      inFlight,
      policy.heartbeatTimeoutMs ?? HEARTBEAT_TIMEOUT_MS.normal,
    ),
    // Waits for the end, so that the handler can undo what it did. (`cancelledCallsUndo.test.ts`)
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // No maximum for at-least-once: a crash must never use up the author's attempts. The activity counts
    // those.
    retry: policy.delivery === 'at-most-once' ? { maximumAttempts: 1 } : AFTER_CRASH,
  }).handleRequest;
}

/** A local activity, inside of the workflow task. */
export const beginInlineOf = (message: JSONRPCRequest, policy: CallPolicy): Activities['beginInline'] =>
  proxyLocalActivities<Activities>({
    summary: summaryOf(message),
    startToCloseTimeout: Math.min(policy.heartbeatTimeoutMs ?? Infinity, MAXIMUM_INLINE_MS),
    retry: { maximumAttempts: 1 },
  }).beginInline;

/** Only for histories from before 0.3. */
export const handleShortOf = (message: JSONRPCRequest, policy: CallPolicy): Activities['handleShort'] =>
  proxyLocalActivities<Activities>({
    summary: summaryOf(message),
    startToCloseTimeout: policy.timeoutMs,
    retry: { maximumAttempts: policy.maximumAttempts, initialInterval: policy.initialIntervalMs },
  }).handleShort;
