/** The activities that run a call's handler, with their options for Temporal. */
import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import type { CallRequest } from '../../src/wire/call';
import { HEARTBEAT_TIMEOUT_MS, heartbeatTimeoutAmong } from '../../src/model/recovery';
import { summaryOf } from '../temporalUi';

/**
 * Retries after a crash. The interval doubles, since a call that crashes its worker also hurts the other
 * calls there. The first retry comes soon, since most crashes are deploys.
 */
const AFTER_CRASH = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;
/** Allowance for an inline call whose activity cannot report its own timeout. */
const INLINE_ALLOWANCE_MS = 2_000;

export interface ActivitySettings {
  readonly sessionId: string;
  /** Number of calls of the session in flight. */
  readonly inFlight: number;
  /** Milliseconds for all attempts together. */
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
    // Waits for the end, so that the handler can undo what it did. (`cancelledCallsUndo.test.ts`)
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // No maximum for at-least-once: a crash must never use up the author's attempts. The activity counts
    // those.
    retry: policy.delivery === 'at-most-once' ? { maximumAttempts: 1 } : AFTER_CRASH,
  }).handleRequest;
}

/** A local activity, inside of the workflow task. */
export function inlineActivityOf({ message, policy }: CallRequest): Activities['handleShort'] {
  return proxyLocalActivities<Activities>({
    summary: summaryOf(message),
    startToCloseTimeout: policy.timeoutMs + INLINE_ALLOWANCE_MS,
    retry: { maximumAttempts: policy.maximumAttempts, initialInterval: policy.initialIntervalMs },
  }).handleShort;
}
