/** An attempt as Temporal's activity: its heartbeats, its end as Temporal must hear of it, and what it hands to the next attempt. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { jsonBytes } from '../src/wire/bytes';
import { callKey, type CallInput, type CallOutcome } from '../src/wire/call';
import { RpcCode, errorResponse } from '../src/wire/rpcErrors';
import { callOf, failedAnswer } from '../src/mcp/failedAnswer';
import { HEARTBEAT_TIMEOUT_MS, heartbeatIntervalMs } from '../src/model/recovery';
import { workflowIdOf } from '../src/wire/session';
import { isSuspended } from '../src/wire/shapes';
import { HANDLER_ENDED, INTERRUPTION_QUERY, OUT_OF_TIME, type Interruption } from '../src/wire/signals';
import type { App } from '../src/mcp/app';
import { AttemptEnded, isFinal } from '../src/api/errors';
import { leaveDeadWorker } from './deadWorker';
import { warnOfHeldWorker } from './heldWorkers';
import type { AttemptEnd } from './attemptSettings';
import { Attempt } from './runAttempt';
import type { SessionTails } from './sessionTails';
import { storable } from './storable';
import { TemporalCallLog } from './temporalCallLog';
import { failureOf } from './thrown';
import { realTime } from './time';

const MAXIMUM_RETRY_DELAY_MS = 30_000;
/** Before a session that did not answer is asked again. */
const AGAIN_MS = 1_000;
/** Larger answers wait for room in the session's log, which smaller ones cannot fill. */
const LARGE_BYTES = 64_000;
/** Between two questions whether the client has cancelled a call that waits to be handed over. */
const ASK_AGAIN_MS = 5_000;

/** Carried from attempt to attempt in the heartbeats: crashes must not count, so Temporal's own attempts do not say it. */
interface Heartbeat {
  readonly thrown: number;
  readonly lastThrown?: number;
  /** Of this execution's attempts: those that did not end with their worker. Absent before 0.3. */
  readonly endedWell?: number;
  readonly pausedMs: number;
}

export interface CallSettings {
  /** How long a call that only waits holds its worker's slot. */
  readonly suspendAfterMs: number;
  /** For tests of handlers: each at-least-once attempt is thrown away once at its end, as if its worker had died there. */
  readonly runsTwice: boolean;
}

export async function handleRequest(
  app: App,
  client: Client,
  tails: SessionTails,
  settings: CallSettings,
  input: CallInput,
): Promise<CallOutcome> {
  const { heartbeat, info, cancelled } = Context.current();
  const { session, message, policy, before } = input;
  if (input.broken) return errorResponse(message.id, RpcCode.internalError, input.broken.reason);
  const handle = client.workflow.getHandle(workflowIdOf(session.id));
  const call = callKey(message.id);
  const number = (before?.attempts ?? 0) + info.attempt;
  const last = info.heartbeatDetails as Heartbeat | undefined;
  const thrownBefore = last?.thrown ?? before?.thrown ?? 0;
  const lastThrown = last?.lastThrown ?? before?.lastThrown ?? 0;
  const endedBefore = before?.endedWell ?? before?.attempts ?? 0;
  const endedWell = endedBefore + (last?.endedWell ?? thrownBefore - (before?.thrown ?? 0));
  const runsAgain = policy.delivery === 'at-least-once';
  const callLog = new TemporalCallLog(tails, handle, session.id, {
    call,
    attempt: number,
    endedWell,
    isOf03: input.handsOver === true,
  });
  const warn = (text: string, about?: Record<string, unknown>) => {
    log.warn(text, { call, session: session.id, ...about });
  };
  const attempt = new Attempt(app, input, callLog, {
    attempt: number,
    endedWell,
    lastThrown,
    timeLeftMs: (before?.timeLeftMs ?? policy.timeoutMs) + (last?.pausedMs ?? 0),
    elapsedMs: info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs,
    suspendAfterMs: runsAgain ? settings.suspendAfterMs : undefined,
    runsAgainAfter: (thrown) => !isFinal(thrown) && thrownBefore + 1 < policy.maximumAttempts,
    time: realTime,
    warn,
    onWait: (step) => {
      warnOfHeldWorker(app, input, step, warn);
    },
  });

  const beat = (thrown: number, lastThrown: number, endedWell: number) => {
    const pausedMs = (last?.pausedMs ?? 0) + attempt.clock.pausedMs;
    heartbeat({ thrown, lastThrown, endedWell: endedWell - endedBefore, pausedMs } satisfies Heartbeat);
  };
  const heart = setInterval(
    () => {
      beat(thrownBefore, lastThrown, endedWell);
    },
    heartbeatIntervalMs(info.heartbeatTimeoutMs ?? HEARTBEAT_TIMEOUT_MS.normal),
  );
  try {
    return await withRoom(outcomeOf(await endOfAttempt()));
  } finally {
    clearInterval(heart);
  }

  /** One that is given up aborts its handler; one that ends by itself does not, also where another follows. (`sameWorld.test.ts`) */
  async function endOfAttempt(): Promise<AttemptEnd> {
    try {
      const diedBefore = number - 1 > endedWell;
      if (diedBefore) await leaveDeadWorker(client, handle);
      const gone = cancelled.catch((error: unknown): never => {
        // Only its session asks for it. A worker that stops, or an attempt that Temporal has forgotten, is no cancellation of the call.
        if (!(error instanceof CancelledFailure) || error.message !== 'CANCELLED') throw error;
        void interrupt();
        return new Promise<never>(() => undefined) as never;
      });
      return await Promise.race([attempt.run(), gone]);
    } catch (error) {
      attempt.abandon();
      beat(thrownBefore, lastThrown, endedWell + 1); // whatever it is, the worker lives to say so
      throw error instanceof AttemptEnded ? ApplicationFailure.nonRetryable(error.message) : error;
    }
  }

  /**
   * The session has cancelled the activity: only the session knows why. An activity hears of a cancellation once, and the client may cancel
   * a call that has not come to be handed over: so the session is asked again.
   */
  async function interrupt(): Promise<void> {
    while (!attempt.isOver) {
      const interruption = input.handsOver ? await askWhy() : { kind: 'cancelled' as const };
      if (interruption.kind === 'cancelled')
        return attempt.cancel('The client cancelled the call.', 'cancelled');
      attempt.handOver(interruption.maximumBytes);
      await sleep(ASK_AGAIN_MS);
    }
  }

  /** A session that has gone has cancelled its calls. */
  async function askWhy(): Promise<Interruption> {
    for (;;) {
      try {
        return await handle.query<Interruption, [string]>(INTERRUPTION_QUERY, call);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError || attempt.isOver) return { kind: 'cancelled' };
        log.warn('a session was not reached that has interrupted its call; trying again', { call, error });
        await sleep(AGAIN_MS);
      }
    }
  }

  function outcomeOf(end: AttemptEnd): CallOutcome {
    switch (end.kind) {
      case 'suspended':
        return { suspended: end.suspended, leg: attempt.leg(thrownBefore) };
      case 'late':
        throw ApplicationFailure.nonRetryable('The call did not end within its time.', OUT_OF_TIME);
      case 'cancelled':
        // Nobody is sent it. Temporal takes it for a failure if an activity says by itself that it was cancelled.
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

  /** A large answer waits for the session's pace; where the session's run is full, its client is told so instead. */
  async function withRoom(outcome: CallOutcome): Promise<CallOutcome> {
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
    beat(thrownBefore, lastThrown, endedWell + 1);
    throw ApplicationFailure.create({ type: 'ThrownAway', message, nextRetryDelay: 1 });
  }

  /** Ends the call with what was thrown, or begins the next attempt. */
  function afterThrow({ thrown, response, isLast }: Extract<AttemptEnd, { kind: 'threw' }>): CallOutcome {
    if (isLast) return storable(message, response);
    beat(thrownBefore + 1, number, endedWell + 1);
    throw failureOf(thrown, Math.min(policy.initialIntervalMs * 2 ** thrownBefore, MAXIMUM_RETRY_DELAY_MS));
  }
}
