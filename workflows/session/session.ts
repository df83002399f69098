/**
 * One MCP session, from `initialize` to its end. Requests come as signals and become calls; everything that the session
 * says or does is an event of this workflow's history, which is also the log that the HTTP nodes read.
 *
 * Runs in Temporal's sandbox: nothing here may depend on anything but the history. No author's code runs here.
 */
import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  patched,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities';
import { jsonBytes } from '../../src/wire/bytes';
import { callKey, type Journal } from '../../src/wire/call';
import { Listeners } from '../../src/model/listeners';
import { SeenRequests } from '../../src/model/seenRequests';
import type { SessionInput, SessionState } from '../../src/wire/session';
import { isSame, withState, whyNotState } from '../../src/model/sessionState';
import * as wire from '../../src/wire/signals';
import type { RequestId } from '../../src/wire/messages';
import { Subscriptions } from '../../src/model/subscriptions';
import { Calls } from './calls';
import { onSignal, onUpdate } from '../handlers';
import { RunLength } from '../runLength';
import { CommandBudget } from '../commandBudget';
import { WakeUps } from './wakeUps';
import type { SessionInfo } from '../../src/wire/sessionInfo';

/**
 * A run is continued as new only when no call is in flight, since an activity does not cross. So new calls wait then, this long at most
 * before they are started after all; only at the limit (runLength.ts) they wait until the others have ended.
 */
const HOLD_MS = 1_000;
/**
 * After the last answer, before the run is continued: whoever has it sends the next request now, and Temporal refuses to continue a run
 * that a signal has reached meanwhile ("UnhandledCommand"); the worker then replays all of it. (`npm run endurance`)
 */
const SETTLE_MS = 100;
/** A client that has opened a session says at once that it has (specification 2025-11-25, lifecycle); one that does not has gone. */
const INITIALIZED_WITHIN_MS = 60_000;
/** What one run hands to the next must fit into one payload of 2 MiB; with more, the run goes on until calls have ended. */
const MAXIMUM_CARRIED_BYTES = 1_900_000;

const { leaveTopics } = proxyActivities<Activities>({ scheduleToCloseTimeout: '1m' });

export async function mcpSession(input: SessionInput): Promise<void> {
  const { idleTtlMs, carried } = input;
  let session: SessionInfo = input.session;
  const seen = new SeenRequests(carried?.seen);
  const listeners = new Listeners(carried?.listeners);
  const subscriptions = new Subscriptions(carried?.subscriptions);
  // One mark in the history for all that 0.3 has changed: what a run does must stay what it did, and a run goes on under later versions.
  const isOf03 = patched('0.3');
  const run = new RunLength(isOf03);
  const budget = new CommandBudget(isOf03);
  let initialized = carried?.initialized ?? false;
  let logLevel = carried?.logLevel;
  let lastHeardAt = carried?.lastHeardAt ?? Date.now();
  let ended = false;
  let draining = false;

  const isDraining = () => ended || draining || (run.isAtLimit && run.mayTry);
  const calls = new Calls(
    {
      info: () => ({ session, logLevel }),
      isDraining: isDraining,
      isOf03,
      hasEnded: () => (lastHeardAt = Date.now()), // the client has its whole time to come back for the answer
      toldSession: wakeTold,
      wake: (queues) => void wakeUps.wake(queues),
      listsTools: Boolean(input.searchAttributes),
    },
    budget,
    run,
  );
  const wakeUps = new WakeUps(session.id);
  const isQuiet = () => calls.areQuiet && (wakeUps.isQuiet || patched('wake-ups cross'));
  const fitsNextRun = () => jsonBytes(next()) < MAXIMUM_CARRIED_BYTES;

  function wakeTold(): void {
    void wakeUps.wake(listeners.wakeAt('told'));
  }

  function carry() {
    return {
      initialized,
      logLevel,
      seen: seen.snapshot(),
      listeners: listeners.snapshot(),
      subscriptions: subscriptions.snapshot(),
      ...calls.carry(),
      waking: wakeUps.carry(),
      lastHeardAt,
    };
  }

  const next = (): SessionInput => ({ ...input, session, carried: carry() });

  const on = onSignal((payload) => {
    run.signal(payload);
  });

  // Before the handlers: a signal that came before this run's first task is handled as soon as its handler is set, and a
  // cancellation must find its call. For the same reason the log level comes before requests, and cancellations after them.
  calls.restore(carried?.suspended ?? [], carried?.waiting ?? []);
  void wakeUps.wake(carried?.waking ?? []);

  on(wire.LOG_LEVEL_SIGNAL, (change) => {
    lastHeardAt = Date.now();
    logLevel = change.level;
  });

  on(wire.REQUEST_SIGNAL, take);

  onUpdate(
    wire.SHORT_REQUEST_UPDATE,
    (request): undefined => {
      run.update(request);
      take(request);
    },
    ({ message }) => {
      if (isDraining() || calls.isFull || seen.knows(callKey(message.id)))
        throw ApplicationFailure.nonRetryable('Not now.');
    },
  );

  function take({ message, policy, sentAt, digest, wakeAt }: wire.RequestSignal): void {
    lastHeardAt = Date.now();
    const verdict = seen.see(callKey(message.id), digest, workflowInfo().runId);
    if (!ended && verdict.kind === 'new') calls.take({ message, policy, sentAt, wakeAt });
    if (verdict.kind === 'repeat') calls.awaitAt(callKey(message.id), wakeAt);
  }

  on(wire.CLIENT_MESSAGE_SIGNAL, ({ message }) => {
    lastHeardAt = Date.now();
    if (!('method' in message)) return void calls.answered(message);
    const { method, params } = message;
    if (method === 'notifications/initialized') initialized = true;
    if (method === 'notifications/cancelled' && isRequestId(params?.requestId))
      calls.cancel(params.requestId, textOr(params.reason, 'The client cancelled the call.'));
  });

  // Only kept for the next run: who is told stands in the history. In any order these two come to the same.
  on(wire.LISTEN_SIGNAL, (listen) => {
    lastHeardAt = Date.now();
    listeners.listen(listen);
  });

  on(wire.LEAVE_SIGNAL, (leave) => {
    listeners.leave(leave);
  });

  on(wire.AWAIT_SIGNAL, ({ call, wakeAt }) => {
    lastHeardAt = Date.now();
    calls.awaitAt(call, wakeAt);
  });

  on(wire.KEEPALIVE_SIGNAL, () => {
    lastHeardAt = Date.now();
  });

  on(wire.END_SIGNAL, () => {
    ended = true;
  });

  on(wire.SUBSCRIPTION_SIGNAL, (change) => {
    lastHeardAt = Date.now();
    subscriptions.change(change.uri, change.subscribed);
  });

  on(wire.NOTIFY_SIGNAL, ({ id }) => {
    subscriptions.tell(id);
    wakeTold();
  });

  // What a call says is for those who read the history; only what it asks of the client matters here.
  on(wire.EMIT_SIGNAL, (emit) => {
    calls.get(emit.call)?.journal.said(emit, Date.now());
    if (emit.emits.some(({ to }) => to === 'session')) wakeTold();
    if (emit.emits.some(({ to }) => to !== 'session')) calls.wake(emit.call);
  });

  on(wire.RECORD_SIGNAL, (record) => {
    calls.get(record.call)?.journal.record(record, Date.now());
  });

  on(wire.RECORDS_SIGNAL, ({ records }) => {
    records.forEach((record) => calls.get(record.call)?.journal.record(record, Date.now()));
  });

  onUpdate(wire.OPEN_ATTEMPT_UPDATE, (open): wire.OpenAttemptResult | Promise<wire.OpenAttemptResult> => {
    const result = calls.get(open.call)?.openAttempt(open) ?? { open: false };
    run.update(open, result);
    const bytes = jsonBytes(result);
    return budget.take(bytes) ? result : budget.wait(bytes).then(() => result);
  });

  onUpdate(wire.CLAIM_UPDATE, (claim): wire.ClaimResult => {
    const result = calls.get(claim.call)?.journal.claim(claim) ?? { granted: false };
    run.update(claim, result);
    return result;
  });

  onUpdate(
    wire.SET_STATE_UPDATE,
    (write): undefined => {
      run.update(write);
      if (calls.get(write.call)?.writes(write))
        session = { ...session, state: withState(session.state, write.key, write.value) };
    },
    ({ call, attempt, key, value, expected }) => {
      if (!calls.get(call)?.journal.isCurrent(attempt))
        throw ApplicationFailure.nonRetryable('The call has moved on.', wire.MOVED_ON);
      const problem = whyNotState(session.state, key, value);
      if (problem) throw ApplicationFailure.nonRetryable(problem);
      if (!expected || isSame(session.state[key], expected.is)) return;
      throw ApplicationFailure.nonRetryable(`The key ${key} has another value now.`, wire.STATE_CHANGED);
    },
  );

  setHandler(defineQuery<SessionState>(wire.STATE_QUERY), () => ({
    session,
    initialized,
    logLevel,
    lastHeardAt,
    ...calls.describe(),
  }));

  setHandler(
    defineQuery<Journal, [string]>(wire.JOURNAL_QUERY),
    (call) => calls.get(call)?.journal.snapshot().journal ?? {},
  );

  setHandler(defineQuery<boolean>(wire.ROOM_QUERY), () => !run.isFull);

  setHandler(
    defineQuery<wire.Interruption, [string]>(wire.INTERRUPTION_QUERY),
    (call) => calls.get(call)?.interruption() ?? { kind: 'cancelled' },
  );

  /** Continues as new as soon as no call is in flight; returns if that does not come about. */
  async function tryContinueAsNew(): Promise<void> {
    draining = true;
    const isDone = () => ended || isQuiet();
    await condition(isDone, HOLD_MS);
    if (run.isAtLimit && !isDone()) {
      if (isOf03) calls.handOver(MAXIMUM_CARRIED_BYTES - jsonBytes(next()));
      await condition(isDone);
    }
    if (isDone()) await sleep(SETTLE_MS);
    if (ended) return;
    if (isQuiet() && fitsNextRun()) await continueAsNew<typeof mcpSession>(next());
    draining = false;
    run.hasTried();
    calls.startWaiting();
  }

  // Runs from before 0.2 hold no calls: they are continued at once, at whatever moment has none in flight.
  const mayContinueAsNew = () =>
    run.isLong && ((patched('calls are held') && run.mayTry) || (isQuiet() && fitsNextRun()));

  if (isOf03 && !initialized) {
    const hasBegun = () => ended || initialized;
    if (!(await condition(hasBegun, Math.min(INITIALIZED_WITHIN_MS, idleTtlMs)))) ended = true;
  }

  // One timer for each time to live, not for each message: a timer's events would cost more than a call's.
  for (;;) {
    // A client that is asked and says nothing does not keep its session.
    const idleForMs = () => (calls.awaitClient ? Date.now() - lastHeardAt : 0);
    const woken = await condition(() => ended || mayContinueAsNew(), Math.max(idleTtlMs - idleForMs(), 1));
    if (ended || (!woken && idleForMs() >= idleTtlMs)) break;
    if (!mayContinueAsNew()) continue;
    if (patched('calls are held')) await tryContinueAsNew();
    else await continueAsNew<typeof mcpSession>(next());
  }
  ended = true; // those that wait do not start in the place of those that are cancelled
  calls.cancelAll('The session has ended.');
  const { uris } = subscriptions.snapshot();
  const left = isOf03 && uris.length > 0 ? leaveTopics({ sessionId: session.id, uris }) : undefined;
  await wakeUps.wake([...new Set([...listeners.wakeAt('all'), ...calls.wakeAtAll])]);
  // The session stays until each call has undone what it did, which needs its journal.
  if (!calls.haveEnded && patched('cancelled calls undo')) await condition(() => calls.haveEnded);
  await left?.catch(() => undefined); // a resource forgets an ended session itself when it has something to tell
}

const textOr = (text: unknown, otherwise: string): string =>
  typeof text === 'string' && text !== '' ? text : otherwise;

const isRequestId = (id: unknown): id is RequestId => typeof id === 'string' || typeof id === 'number';
