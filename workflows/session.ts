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
  defineSignal,
  defineUpdate,
  patched,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { bytesOf } from '../src/protocol/bytes';
import { callKey } from '../src/protocol/call';
import { Listeners } from '../src/protocol/listeners';
import { SeenRequests } from '../src/protocol/seenRequests';
import type { SessionInfo, SessionInput, SessionState } from '../src/protocol/session';
import { isSame, withState, whyNotState } from '../src/protocol/sessionState';
import * as wire from '../src/protocol/signals';
import type { RequestId } from '../src/protocol/mcp';
import { Subscriptions } from '../src/protocol/subscriptions';
import { Calls } from './calls';
import { RunLength } from './runLength';
import { TaskRoom } from './taskRoom';
import { WakeUps } from './wakeUps';

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
/** What one run hands to the next must fit into one payload of 2 MiB; with more, the run goes on until calls have ended. */
const MAXIMUM_CARRIED_BYTES = 1_900_000;

export async function mcpSession(input: SessionInput): Promise<void> {
  const { idleTtlMs, carried } = input;
  let session: SessionInfo = input.session;
  const seen = new SeenRequests(carried?.seen);
  const listeners = new Listeners(carried?.listeners);
  const subscriptions = new Subscriptions(carried?.subscriptions);
  const room = new TaskRoom();
  let initialized = carried?.initialized ?? false;
  let logLevel = carried?.logLevel;
  let lastHeardAt = carried?.lastHeardAt ?? Date.now();
  let ended = false;
  let held = false;
  const run = new RunLength();

  const holdsCalls = () => ended || held || (run.isAtLimit && run.mayTry);
  const calls = new Calls(
    {
      info: () => ({ session, logLevel }),
      holds: holdsCalls,
      hasEnded: () => (lastHeardAt = Date.now()), // the client has its whole time to come back for the answer
      toldSession: wakeTold,
      listsTools: Boolean(input.searchAttributes),
    },
    room,
  );
  const wakeUps = new WakeUps(session.id);
  const isQuiet = () => calls.areQuiet && (wakeUps.isQuiet || patched('wake-ups cross'));
  const fitsNextRun = () => bytesOf(JSON.stringify(next())) < MAXIMUM_CARRIED_BYTES;

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

  // Before the handlers: a signal that came before this run's first task is handled as soon as its handler is set, and a
  // cancellation must find its call. For the same reason the log level comes before requests, and cancellations after them.
  calls.goOn(carried?.suspended ?? [], carried?.waiting ?? []);
  void wakeUps.wake(carried?.waking ?? []);

  setHandler(defineSignal<[wire.LogLevelSignal]>(wire.LOG_LEVEL_SIGNAL), ({ level }) => {
    run.signals++;
    lastHeardAt = Date.now();
    logLevel = level;
  });

  setHandler(defineSignal<[wire.RequestSignal]>(wire.REQUEST_SIGNAL), (request) => {
    run.signals++;
    take(request);
  });

  setHandler(
    defineUpdate<undefined, [wire.RequestSignal]>(wire.SHORT_REQUEST_UPDATE),
    (request): undefined => {
      run.updates++;
      take(request);
    },
    {
      validator({ message }) {
        if (holdsCalls() || calls.isFull || seen.knows(callKey(message.id)))
          throw ApplicationFailure.nonRetryable('Not now.');
      },
    },
  );

  function take({ message, policy, sentAt, digest }: wire.RequestSignal): void {
    lastHeardAt = Date.now();
    const verdict = seen.see(callKey(message.id), digest, workflowInfo().runId);
    if (!ended && verdict.kind === 'new') calls.take({ message, policy, sentAt });
  }

  setHandler(defineSignal<[wire.ClientMessageSignal]>(wire.CLIENT_MESSAGE_SIGNAL), ({ message }) => {
    run.signals++;
    lastHeardAt = Date.now();
    if (!('method' in message)) return void calls.answered(message);
    const { method, params } = message;
    if (method === 'notifications/initialized') initialized = true;
    if (method === 'notifications/cancelled' && isRequestId(params?.requestId))
      calls.cancel(params.requestId, textOr(params.reason, 'The client cancelled the call.'));
  });

  // Only kept for the next run: who is told stands in the history. In any order these two come to the same.
  setHandler(defineSignal<[wire.ListenSignal]>(wire.LISTEN_SIGNAL), (listen) => {
    run.signals++;
    lastHeardAt = Date.now();
    listeners.listen(listen);
  });

  setHandler(defineSignal<[wire.ListenSignal]>(wire.LEAVE_SIGNAL), (leave) => {
    run.signals++;
    listeners.leave(leave);
  });

  setHandler(defineSignal(wire.HEARD_SIGNAL), () => {
    run.signals++;
    lastHeardAt = Date.now();
  });

  setHandler(defineSignal<[wire.EndSignal]>(wire.END_SIGNAL), () => {
    ended = true;
  });

  setHandler(defineSignal<[wire.SubscriptionSignal]>(wire.SUBSCRIPTION_SIGNAL), ({ uri, subscribed }) => {
    run.signals++;
    lastHeardAt = Date.now();
    subscriptions.change(uri, subscribed);
  });

  setHandler(defineSignal<[wire.NotifySignal]>(wire.NOTIFY_SIGNAL), ({ id }) => {
    run.signals++;
    subscriptions.tell(id);
    wakeTold();
  });

  // What a call says is for those who read the history; only what it asks of the client matters here.
  setHandler(defineSignal<[wire.EmitSignal]>(wire.EMIT_SIGNAL), (emit) => {
    run.signals++;
    calls.get(emit.call)?.said(emit);
    if (emit.emits.some(({ to }) => to === 'session')) wakeTold();
  });

  setHandler(defineSignal<[wire.RecordSignal]>(wire.RECORD_SIGNAL), (record) => {
    run.signals++;
    calls.get(record.call)?.record(record);
  });

  setHandler(
    defineUpdate<wire.OpenAttemptResult, [wire.OpenAttempt]>(wire.OPEN_ATTEMPT_UPDATE),
    (open): wire.OpenAttemptResult | Promise<wire.OpenAttemptResult> => {
      run.updates++;
      const result = calls.get(open.call)?.openAttempt(open) ?? { open: false };
      const bytes = bytesOf(JSON.stringify(result));
      return room.take(bytes) ? result : room.wait(bytes).then(() => result);
    },
  );

  setHandler(defineUpdate<wire.ClaimResult, [wire.Claim]>(wire.CLAIM_UPDATE), (claim): wire.ClaimResult => {
    run.updates++;
    return calls.get(claim.call)?.claim(claim) ?? { granted: false };
  });

  setHandler(
    defineUpdate<undefined, [wire.SetState]>(wire.SET_STATE_UPDATE),
    (write): undefined => {
      run.updates++;
      if (calls.get(write.call)?.writes(write))
        session = { ...session, state: withState(session.state, write.key, write.value) };
    },
    {
      validator({ call, attempt, key, value, expected }) {
        if (!calls.get(call)?.isCurrent(attempt))
          throw ApplicationFailure.nonRetryable('The call has moved on.', wire.MOVED_ON);
        const problem = whyNotState(session.state, key, value);
        if (problem) throw ApplicationFailure.nonRetryable(problem);
        if (!expected || isSame(session.state[key], expected.is)) return;
        throw ApplicationFailure.nonRetryable(`The key ${key} has another value now.`, wire.STATE_CHANGED);
      },
    },
  );

  setHandler(defineQuery<SessionState>(wire.STATE_QUERY), () => ({
    session,
    initialized,
    logLevel,
    lastHeardAt,
    ...calls.describe(),
  }));

  /** Continues as new as soon as no call is in flight; returns if that does not come about. */
  async function handOn(): Promise<void> {
    held = true;
    const isDone = () => ended || isQuiet();
    await condition(isDone, HOLD_MS);
    if (run.isAtLimit) await condition(isDone);
    if (isDone()) await sleep(SETTLE_MS);
    if (ended) return;
    if (isQuiet() && fitsNextRun()) await continueAsNew<typeof mcpSession>(next());
    held = false;
    run.hasTried();
    calls.startWaiting();
  }

  // Runs from before 0.2 hold no calls: they are continued at once, at whatever moment has none in flight.
  const mayHandOn = () =>
    run.isLong && ((patched('calls are held') && run.mayTry) || (isQuiet() && fitsNextRun()));

  // One timer for each time to live, not for each message: a timer's events would cost more than a call's.
  for (;;) {
    // A client that is asked and says nothing does not keep its session.
    const idleForMs = () => (calls.awaitClient ? Date.now() - lastHeardAt : 0);
    const woken = await condition(() => ended || mayHandOn(), Math.max(idleTtlMs - idleForMs(), 1));
    if (ended || (!woken && idleForMs() >= idleTtlMs)) break;
    if (!mayHandOn()) continue;
    if (patched('calls are held')) await handOn();
    else await continueAsNew<typeof mcpSession>(next());
  }
  ended = true; // those that wait do not start in the place of those that are cancelled
  calls.cancelAll('The session has ended.');
  await wakeUps.wake(listeners.wakeAt('all'));
  // The session stays until each call has undone what it did, which needs its journal.
  if (!calls.haveEnded && patched('cancelled calls undo')) await condition(() => calls.haveEnded);
}

const textOr = (text: unknown, otherwise: string): string =>
  typeof text === 'string' && text !== '' ? text : otherwise;

const isRequestId = (id: unknown): id is RequestId => typeof id === 'string' || typeof id === 'number';
