/** The activities that run a call's handler, as Temporal is told of them. */
import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import type { CallRequest } from '../../src/wire/call';
import { HEARTBEAT_TIMEOUT_MS, heartbeatTimeoutAmong } from '../../src/model/recovery';
import { summaryOf } from '../temporalUi';

/**
 * Before the next attempt after a crash: twice as long each time, since a call that takes its workers with it takes the other calls there
 * as well. The first comes soon: mostly it was a deploy.
 */
const AFTER_CRASH = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;
/** A short call's activity says itself that the time is up; this is for one that cannot. */
const SHORT_ALLOWANCE_MS = 2_000;

export interface ActivitySettings {
  readonly sessionId: string;
  /** How many calls of the session are in flight. */
  readonly inFlight: number;
  /** Milliseconds, all attempts together. */
  readonly scheduleToCloseTimeout: number;
  /** The request cannot be read, not even for a summary. */
  readonly isBroken: boolean;
}

export function activityOf(
  { message, policy }: CallRequest,
  { sessionId, inFlight, scheduleToCloseTimeout, isBroken }: ActivitySettings,
): Activities['handleRequest'] {
  return proxyActivities<Activities>({
    activityId: `request ${JSON.stringify(message.id)}`,
    summary: isBroken ? undefined : summaryOf(message),
    scheduleToCloseTimeout,
    priority: { fairnessKey: sessionId },
    heartbeatTimeout: heartbeatTimeoutAmong(
      inFlight,
      policy.heartbeatTimeoutMs ?? HEARTBEAT_TIMEOUT_MS.normal,
    ),
    // Its handler may undo what it did first. (`cancelledCallsUndo.test.ts`)
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // At-least-once has no maximum here: a crash must never use up the author's attempts. The activity counts those.
    retry: policy.delivery === 'at-most-once' ? { maximumAttempts: 1 } : AFTER_CRASH,
  }).handleRequest;
}

/** In the workflow task itself. */
export function shortActivityOf({ message, policy }: CallRequest): Activities['handleShort'] {
  return proxyLocalActivities<Activities>({
    summary: summaryOf(message),
    startToCloseTimeout: policy.timeoutMs + SHORT_ALLOWANCE_MS,
    retry: { maximumAttempts: policy.maximumAttempts, initialInterval: policy.initialIntervalMs },
  }).handleShort;
}
