/** One attempt of one call: the author's handler runs here, under heartbeats, with its steps and emits tied to the session. */
import { ApplicationFailure, Context, log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { bytesOf } from '../src/protocol/bytes';
import { callKey, type CallInput, type CallOutcome } from '../src/protocol/call';
import { RpcCode, errorResponse } from '../src/protocol/errors';
import { OUT_OF_TIME } from '../src/protocol/signals';
import { HEARTBEAT_TIMEOUT_MS, heartbeatIntervalMs } from '../src/protocol/recovery';
import { workflowIdOf } from '../src/protocol/session';
import type { App } from '../src/server/app';
import { runningCall } from '../src/server/callContext';
import { isFinal } from '../src/server/errors';
import { handOver, type HandedOver } from '../src/server/handOver';
import { Asks } from './asks';
import { Clock } from './clock';
import { leaveDeadWorker } from './deadWorker';
import { Emitter } from './emitter';
import { AttemptJournal } from './journal';
import { operationIdsOf } from './operations';
import { Sleep } from './sleep';
import { State } from './state';
import { Steps } from './steps';
import { storable } from './storable';
import { failureOf } from './thrown';
import { Waits } from './waits';

const MAXIMUM_RETRY_DELAY_MS = 30_000;
/** A suspended call crosses continue-as-new with its request, journal and marks, in one payload with all others. */
const MAXIMUM_SUSPENDED_BYTES = 64_000;

/** Carried from attempt to attempt in the heartbeats: crashes must not count, so Temporal's own attempts do not say it. */
interface Heartbeat {
  readonly thrown: number;
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
  settings: CallSettings,
  input: CallInput,
): Promise<CallOutcome> {
  const { heartbeat, info, cancelled, cancellationSignal } = Context.current();
  const { session, message, policy, logLevel, before } = input;
  const handle = client.workflow.getHandle(workflowIdOf(session.id));
  const call = callKey(message.id);
  const attempt = (before?.attempts ?? 0) + info.attempt;
  const last = info.heartbeatDetails as Heartbeat | undefined;
  const thrownBefore = last?.thrown ?? before?.thrown ?? 0;
  const suspendAfterMs = policy.delivery === 'at-least-once' ? settings.suspendAfterMs : undefined;

  const over = new AbortController();
  const signal = AbortSignal.any([cancellationSignal, over.signal]);
  const clock = new Clock(
    before?.timeLeftMs ?? policy.timeoutMs,
    info.scheduledTimestampMs,
    last?.pausedMs ?? 0,
  );
  const emitter = new Emitter(handle, call, attempt, before?.said);
  const journal = new AttemptJournal({ handle, call, attempt, flushEmits: () => emitter.flush() });
  const waits = new Waits(
    clock,
    () =>
      journal.isIdle &&
      journal.bytes + asks.bytes + bytesOf(JSON.stringify([message, emitter.saidSoFar()])) <
        MAXIMUM_SUSPENDED_BYTES,
  );
  const asks: Asks = new Asks({ client, session, call, journal, emitter, waits, suspendAfterMs, signal });
  const steps = new Steps(journal, `${session.id}/${call}`);
  const sleep = new Sleep(journal, waits, suspendAfterMs);
  const state = new State(handle, journal, { call, attempt });

  const beat = (thrown: number) => {
    heartbeat({ thrown, pausedMs: clock.pausedTotalMs } satisfies Heartbeat);
  };
  const late = clock.ended.then(outOfTime);
  late.catch(() => undefined); // nobody may be waiting for it yet
  const heart = setInterval(
    () => {
      beat(thrownBefore);
    },
    heartbeatIntervalMs(info.heartbeatTimeoutMs ?? HEARTBEAT_TIMEOUT_MS.normal),
  );
  try {
    const diedBefore = info.attempt - 1 > thrownBefore - (before?.thrown ?? 0);
    if (diedBefore) await leaveDeadWorker(client, handle);
    // Temporal may refuse it for longer than the call has time: its run has had all of its updates.
    if (attempt > 1) await Promise.race([journal.open(), cancelled, late]);
    const running = {
      session,
      attempt,
      logLevel,
      steps: (handlerSignal: AbortSignal) => steps.boundTo(handlerSignal),
      ask: asks.named.bind(asks),
      sleep: sleep.until.bind(sleep),
      state,
      operationId: operationIdsOf(session.id, call),
    };
    const handedOver = runningCall.run(running, () =>
      handOver(app, session, message, {
        logLevel,
        signal,
        onNotification: (notification, relates) => emitter.notify(notification, relates),
        onRequest: (request, given) => asks.ask(request, given),
        onCloseStream: () => {
          emitter.closeConnection();
        },
      }),
    );
    const ended = await Promise.race([handedOver.catch(asThrown), cancelled, waits.suspended, late]);
    if ('steps' in ended) {
      journal.close(); // before anything is awaited: no step may begin now
      emitter.close();
      await emitter.flush(); // or the next leg would take it for said
      const { timeLeftMs } = clock;
      const leg = { attempts: attempt, thrown: thrownBefore, timeLeftMs, said: emitter.saidSoFar() };
      return { suspended: ended, leg };
    }
    if (ended.missing !== undefined && !policy.isOfUnknown) {
      const about = { call, session: session.id, tool: ended.missing };
      log.warn("this worker's app lacks a tool that the node's app has: upgrade the worker", about);
    }
    await sayAll();
    if (settings.runsTwice && suspendAfterMs !== undefined && info.attempt % 2 === 1) throw thrownAway();
    return ended.thrown === undefined ? storable(message, ended.response) : afterThrow(ended);
  } finally {
    clearInterval(heart);
    clock.stop();
    waits.stop();
    journal.close(); // what the handler has left running may claim nothing more
    over.abort();
  }

  /** Before the call ends, which counts even if the last thing said before it could not be sent. */
  async function sayAll(): Promise<void> {
    await emitter.flush().catch((error: unknown) => {
      log.warn('what a call said could not be sent', { call, session: session.id, error });
    });
  }

  async function outOfTime(): Promise<never> {
    emitter.close();
    await sayAll();
    throw ApplicationFailure.nonRetryable('The call did not end within its time.', OUT_OF_TIME);
  }

  /** The app itself failed, before or beside its handler. */
  function asThrown(error: unknown): HandedOver {
    const text = `The server could not handle ${message.method}: ${error instanceof Error ? error.message : String(error)}`;
    return { response: errorResponse(message.id, RpcCode.internalError, text), thrown: error };
  }

  /** Ends the call with what was thrown, or begins the next attempt. */
  function afterThrow({ thrown, response }: HandedOver): CallOutcome {
    const times = thrownBefore + 1;
    if (isFinal(thrown) || times >= policy.maximumAttempts) return storable(message, response);
    beat(times);
    throw failureOf(thrown, Math.min(policy.initialIntervalMs * 2 ** thrownBefore, MAXIMUM_RETRY_DELAY_MS));
  }
}

const thrownAway = () =>
  ApplicationFailure.create({ type: 'ThrownAway', message: 'Every attempt runs twice.', nextRetryDelay: 1 });
