/**
 * Runs an attempt as a Temporal activity: heartbeats, the outcome in Temporal's terms, and the checkpoint for
 * the next attempt.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import { jsonBytes } from '../src/wire/bytes';
import { callKey, type CallInput, type CallOutcome, type Heartbeat } from '../src/wire/call';
import { RpcCode, errorResponse } from '../src/wire/rpcErrors';
import { callOf, failedAnswer } from '../src/mcp/failedAnswer';
import { attemptsSoFar, endedWellBefore } from '../src/model/attemptsSoFar';
import { HEARTBEAT_TIMEOUT_MS, heartbeatIntervalMs } from '../src/model/recovery';
import { workflowIdOf } from '../src/wire/session';
import { isSuspended } from '../src/wire/shapes';
import { HANDLER_ENDED, INTERRUPTION_QUERY, OUT_OF_TIME, type Interruption } from '../src/wire/signals';
import { AttemptEnded } from '../src/api/errors';
import { ask } from './ask';
import { leaveDeadWorker } from './deadWorker';
import type { AttemptEnd } from './attemptSettings';
import { beginAttempt, type CallsOfWorker } from './beginAttempt';
import type { Held } from './heldAttempts';
import { storable } from './storable';
import { failureOf } from './thrown';

const MAXIMUM_RETRY_DELAY_MS = 30_000;
/** Delay before a session that could not be reached is queried again. */
const QUERY_RETRY_MS = 1_000;
/** Larger answers wait for room in the session's history. Smaller ones cannot fill it. */
const LARGE_BYTES = 64_000;
/** How often a call that is to be drained checks whether its client has cancelled it. */
const DRAIN_POLL_MS = 5_000;

/** `adopted`: the attempt runs already. Otherwise it begins now. */
export async function asActivity(
  worker: CallsOfWorker,
  input: CallInput,
  adopted?: Held,
): Promise<CallOutcome> {
  const { heartbeat, info, cancelled } = Context.current();
  const { client, settings } = worker;
  const { session, message, policy, before: previous } = input;
  const handle = client.workflow.getHandle(workflowIdOf(session.id));
  const call = callKey(message.id);
  const number = (previous?.attempts ?? 0) + info.attempt;
  const soFar = attemptsSoFar(previous, info.heartbeatDetails as Heartbeat | undefined);
  const { thrown: thrownBefore, lastThrown, endedWell } = soFar;
  const runsAgain = policy.delivery === 'at-least-once';
  const { attempt, callLog } =
    adopted ??
    beginAttempt(worker, input, {
      attempts: number - 1,
      endedWell,
      thrown: thrownBefore,
      lastThrown,
      timeLeftMs: (previous?.timeLeftMs ?? policy.timeoutMs) + soFar.pausedMs,
      elapsedMs: info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs,
    });

  /** Returns what it sends. */
  const sendHeartbeat = (thrown: number, lastThrown: number, endedWell: number): Heartbeat => {
    const pausedMs = soFar.pausedMs + attempt.clock.pausedMs;
    const sent = { thrown, lastThrown, endedWell: endedWell - endedWellBefore(previous), pausedMs };
    heartbeat(sent);
    return sent;
  };
  const heartbeatTimer = setInterval(
    () => {
      sendHeartbeat(thrownBefore, lastThrown, endedWell);
    },
    heartbeatIntervalMs(info.heartbeatTimeoutMs ?? HEARTBEAT_TIMEOUT_MS.normal),
  );
  try {
    return await limitLargeAnswer(outcomeOf(await endOfAttempt()));
  } finally {
    clearInterval(heartbeatTimer);
  }

  /**
   * An attempt that is abandoned aborts its handler. An attempt that ends by itself does not, even if another
   * follows. (`sameWorld.test.ts`)
   */
  async function endOfAttempt(): Promise<AttemptEnd> {
    try {
      const diedBefore = number - 1 > endedWell;
      if (diedBefore) await leaveDeadWorker(client, handle);
      const cancellation = cancelled.catch((error: unknown): never => {
        // Only the session cancels a call. The shutdown of a worker, or an attempt unknown to Temporal, is no
        // cancellation of the call.
        if (!(error instanceof CancelledFailure) || error.message !== 'CANCELLED') throw error;
        void interrupt();
        return new Promise<never>(() => undefined) as never;
      });
      return await Promise.race([adopted?.end ?? attempt.run(), cancellation]);
    } catch (error) {
      attempt.abandon();
      sendHeartbeat(thrownBefore, lastThrown, endedWell + 1); // the worker is alive, so this attempt is no crash
      throw error instanceof AttemptEnded ? ApplicationFailure.nonRetryable(error.message) : error;
    }
  }

  /**
   * The session has cancelled the activity, and is asked why. An activity is notified of a cancellation only
   * once, and the client may cancel the call while it is drained, so the question is repeated.
   */
  async function interrupt(): Promise<void> {
    while (!attempt.isOver) {
      const interruption = input.handsOver ? await askWhy() : { kind: 'cancelled' as const };
      if (interruption.kind === 'cancelled')
        return attempt.cancel('The client cancelled the call.', 'cancelled');
      attempt.drain(interruption.maximumBytes);
      await sleep(DRAIN_POLL_MS);
    }
  }

  /** Asks the session. A session that no longer exists has cancelled its calls. */
  async function askWhy(): Promise<Interruption> {
    for (;;) {
      try {
        return await ask(handle, INTERRUPTION_QUERY, call);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError || attempt.isOver) return { kind: 'cancelled' };
        log.warn('a session was not reached that has interrupted its call; trying again', { call, error });
        await sleep(QUERY_RETRY_MS);
      }
    }
  }

  function outcomeOf(end: AttemptEnd): CallOutcome {
    switch (end.kind) {
      case 'suspended':
        return { suspended: end.suspended, leg: attempt.checkpoint(thrownBefore) };
      case 'late':
        throw ApplicationFailure.nonRetryable('The call did not end within its time.', OUT_OF_TIME);
      case 'cancelled':
        // The outcome is not sent to the client. Temporal counts a cancellation that an activity reports by
        // itself as a failure.
        if (input.cancelled) return errorResponse(message.id, RpcCode.requestTimeout, input.cancelled.reason);
        throw new CancelledFailure('The call was cancelled.', [HANDLER_ENDED]);
      case 'answered':
        if (end.missing !== undefined) {
          const about = { call, session: session.id, tool: end.missing };
          log.warn("this worker's app lacks a tool that the node's app has: upgrade the worker", about);
        }
        throwAwayOnce();
        return storable(message, end.response);
      case 'threw':
        throwAwayOnce();
        return afterThrow(end);
    }
  }

  /** Delays a large answer to the session's pace. If the session's run is full, an error answer takes its place. */
  async function limitLargeAnswer(outcome: CallOutcome): Promise<CallOutcome> {
    const bytes = jsonBytes(outcome);
    if (isSuspended(outcome) || bytes <= LARGE_BYTES) return outcome;
    if (await callLog.hasRoomFor(bytes).catch(() => true)) return outcome;
    return failedAnswer(
      message,
      `${callOf(message)} has ended, and its answer is too large for what is left of the session's log until other calls have ended. Check whether it took effect before you repeat it.`,
    );
  }

  function throwAwayOnce(): void {
    if (!settings.runsTwice || !runsAgain || input.cancelled || info.attempt % 2 === 0) return;
    const message = 'Every attempt runs twice.';
    const details = [sendHeartbeat(thrownBefore, lastThrown, endedWell + 1)];
    throw ApplicationFailure.create({ type: 'ThrownAway', message, nextRetryDelay: 1, details });
  }

  /** Ends the call with the error, or lets Temporal retry, or the session's next run if the call is handed over. */
  function afterThrow({ thrown, response, isLast }: Extract<AttemptEnd, { kind: 'threw' }>): CallOutcome {
    if (isLast) return storable(message, response);
    const delay = Math.min(policy.initialIntervalMs * 2 ** thrownBefore, MAXIMUM_RETRY_DELAY_MS);
    throw failureOf(thrown, delay, sendHeartbeat(thrownBefore + 1, number, endedWell + 1));
  }
}
