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
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { bytesOf } from '../src/protocol/bytes';
import { callKey, type CallRequest, type SuspendedCall } from '../src/protocol/call';
import { Listeners } from '../src/protocol/listeners';
import { SeenRequests } from '../src/protocol/seenRequests';
import type { SessionInfo, SessionInput, SessionState } from '../src/protocol/session';
import { withState, whyNotState } from '../src/protocol/sessionState';
import * as wire from '../src/protocol/signals';
import type { JSONRPCResponse } from '../src/protocol/mcp';
import { Subscriptions } from '../src/protocol/subscriptions';
import { Call } from './call';
import { TaskRoom } from './taskRoom';
import { listTool, showCalls } from './temporalUi';

/**
 * A run is continued as new when Temporal suggests it (4,096 events or 4 MB) and no call is in flight, since an activity does
 * not cross. Past these limits new calls wait until the running ones have ended: Temporal stops a run at 51,200 events, 50 MB,
 * 10,000 signals or 2,000 updates.
 */
const LIMIT = { events: 25_000, bytes: 16 * 1024 * 1024, signals: 8_000, updates: 900 };
/** What one run hands to the next must fit into one payload of 2 MiB; with more, the run goes on until calls have ended. */
const MAXIMUM_CARRIED_BYTES = 1_900_000;

export async function mcpSession(input: SessionInput): Promise<void> {
  const { idleTtlMs, carried } = input;
  let session: SessionInfo = input.session;
  const seen = new SeenRequests(carried?.seen);
  const listeners = new Listeners(carried?.listeners);
  const subscriptions = new Subscriptions(carried?.subscriptions);
  const calls = new Map<string, Call>();
  const waiting: CallRequest[] = [];
  const room = new TaskRoom();
  let initialized = carried?.initialized ?? false;
  let logLevel = carried?.logLevel;
  let lastHeardAt = carried?.lastHeardAt ?? Date.now();
  let ended = false;
  let signals = 0;
  let updates = 0;

  const atLimit = () => {
    const { historyLength, historySize } = workflowInfo();
    return (
      historyLength > LIMIT.events ||
      historySize > LIMIT.bytes ||
      signals > LIMIT.signals ||
      updates > LIMIT.updates
    );
  };
  const mayContinueAsNew = () =>
    [...calls.values()].every((call) => call.isSuspended) &&
    (workflowInfo().continueAsNewSuggested || atLimit()) &&
    bytesOf(JSON.stringify(next())) < MAXIMUM_CARRIED_BYTES;

  function carry() {
    const suspended = [...calls.values()].flatMap((call) => call.carry() ?? []);
    return {
      initialized,
      logLevel,
      seen: seen.snapshot(),
      listeners: listeners.snapshot(),
      subscriptions: subscriptions.snapshot(),
      waiting,
      suspended,
      lastHeardAt,
    };
  }

  const next = (): SessionInput => ({ ...input, session, carried: carry() });

  const callsInFlight = () => [...calls.values()].map((call) => call.describe());

  function start(request: CallRequest, from?: SuspendedCall): void {
    const key = callKey(request.message.id);
    const call = new Call(request, () => ({ session, logLevel }), room, from);
    calls.set(key, call);
    showCalls(callsInFlight());
    if (input.searchAttributes) listTool(call.describe());
    void call.run().finally(() => {
      calls.delete(key);
      showCalls(callsInFlight());
      lastHeardAt = Date.now(); // the client has its whole time to come back for the answer
    });
  }

  // Before the handlers: a signal that came before this run's first task is handled as soon as its handler is set, and a
  // cancellation must find its call. For the same reason the log level comes before requests, and cancellations after them.
  carried?.suspended.forEach((call) => {
    start(call, call);
  });
  carried?.waiting.forEach((request) => {
    start(request);
  });

  setHandler(defineSignal<[wire.LogLevelSignal]>(wire.LOG_LEVEL_SIGNAL), ({ level }) => {
    signals++;
    lastHeardAt = Date.now();
    logLevel = level;
  });

  setHandler(defineSignal<[wire.RequestSignal]>(wire.REQUEST_SIGNAL), ({ message, policy, digest }) => {
    signals++;
    lastHeardAt = Date.now();
    const verdict = seen.see(callKey(message.id), digest, workflowInfo().runId);
    if (ended || verdict.kind !== 'new') return;
    if (atLimit()) waiting.push({ message, policy });
    else start({ message, policy });
  });

  setHandler(defineSignal<[wire.ClientMessageSignal]>(wire.CLIENT_MESSAGE_SIGNAL), ({ message }) => {
    signals++;
    lastHeardAt = Date.now();
    if (!('method' in message)) return void answered(message);
    if (message.method === 'notifications/initialized') initialized = true;
    if (message.method === 'notifications/cancelled') cancel(message.params?.requestId);
  });

  const answered = (response: JSONRPCResponse) => [...calls.values()].some((call) => call.answered(response));

  function cancel(requestId: unknown): void {
    if (typeof requestId !== 'string' && typeof requestId !== 'number') return;
    calls.get(callKey(requestId))?.cancel();
    const index = waiting.findIndex(({ message }) => message.id === requestId);
    if (index >= 0) waiting.splice(index, 1);
  }

  // Only kept for the next run: who is told stands in the history. In any order these two come to the same.
  setHandler(defineSignal<[wire.ListenSignal]>(wire.LISTEN_SIGNAL), (listen) => {
    signals++;
    lastHeardAt = Date.now();
    listeners.listen(listen);
  });

  setHandler(defineSignal<[wire.ListenSignal]>(wire.LEAVE_SIGNAL), (leave) => {
    signals++;
    listeners.leave(leave);
  });

  setHandler(defineSignal(wire.HEARD_SIGNAL), () => {
    signals++;
    lastHeardAt = Date.now();
  });

  setHandler(defineSignal<[wire.EndSignal]>(wire.END_SIGNAL), () => {
    ended = true;
  });

  setHandler(defineSignal<[wire.SubscriptionSignal]>(wire.SUBSCRIPTION_SIGNAL), ({ uri, subscribed }) => {
    signals++;
    lastHeardAt = Date.now();
    subscriptions.change(uri, subscribed);
  });

  setHandler(defineSignal<[wire.NotifySignal]>(wire.NOTIFY_SIGNAL), ({ id }) => {
    signals++;
    subscriptions.tell(id);
  });

  // What a call says is for those who read the history; only what it asks of the client matters here.
  setHandler(defineSignal<[wire.EmitSignal]>(wire.EMIT_SIGNAL), (emit) => {
    signals++;
    calls.get(emit.call)?.said(emit);
  });

  setHandler(defineSignal<[wire.RecordSignal]>(wire.RECORD_SIGNAL), (record) => {
    signals++;
    calls.get(record.call)?.record(record);
  });

  setHandler(
    defineUpdate<wire.OpenAttemptResult, [wire.OpenAttempt]>(wire.OPEN_ATTEMPT_UPDATE),
    (open): wire.OpenAttemptResult | Promise<wire.OpenAttemptResult> => {
      updates++;
      const result = calls.get(open.call)?.openAttempt(open) ?? { open: false };
      return room.take(result) ? result : room.wait(result).then(() => result);
    },
  );

  setHandler(defineUpdate<wire.ClaimResult, [wire.Claim]>(wire.CLAIM_UPDATE), (claim): wire.ClaimResult => {
    updates++;
    return calls.get(claim.call)?.claim(claim) ?? { granted: false };
  });

  setHandler(
    defineUpdate<undefined, [wire.SetState]>(wire.SET_STATE_UPDATE),
    ({ call, step, key, value }): undefined => {
      updates++;
      if (calls.get(call)?.writes(step))
        session = { ...session, state: withState(session.state, key, value) };
    },
    {
      validator({ call, attempt, key, value }) {
        const problem = calls.get(call)?.isCurrent(attempt)
          ? whyNotState(session.state, key, value)
          : 'The call has moved on.';
        if (problem) throw ApplicationFailure.nonRetryable(problem);
      },
    },
  );

  setHandler(defineQuery<SessionState>(wire.STATE_QUERY), () => ({
    session,
    initialized,
    logLevel,
    lastHeardAt,
    callsInFlight: callsInFlight(),
  }));

  // One timer for each time to live, not for each message: a timer's events would cost more than a call's.
  for (;;) {
    // A client that is asked and says nothing does not keep its session.
    const idleForMs = () =>
      [...calls.values()].every((call) => call.awaitsClient) ? Date.now() - lastHeardAt : 0;
    const woken = await condition(() => ended || mayContinueAsNew(), Math.max(idleTtlMs - idleForMs(), 1));
    if (ended || (!woken && idleForMs() >= idleTtlMs)) break;
    if (mayContinueAsNew()) {
      await continueAsNew<typeof mcpSession>(next());
    }
  }
  calls.forEach((call) => {
    call.cancel();
  });
}
