/**
 * One MCP session, from `initialize` to its end. Requests come as signals and become calls; everything that the session
 * says or does is an event of this workflow's history, which is also the log that the HTTP nodes read.
 *
 * Runs in Temporal's sandbox: nothing here may depend on anything but the history. No author's code runs here.
 */
import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { callKey, type CallRequest } from '../src/protocol/call';
import { SeenRequests } from '../src/protocol/seenRequests';
import type { SessionInput, SessionState } from '../src/protocol/session';
import * as wire from '../src/protocol/signals';
import { Subscriptions } from '../src/protocol/subscriptions';
import { Call } from './call';

/**
 * A run is continued as new when Temporal suggests it (4,096 events or 4 MB) and no call is in flight, since an activity does
 * not cross. Past these limits new calls wait until the running ones have ended: Temporal stops a run at 51,200 events, 50 MB,
 * 10,000 signals or 2,000 updates.
 */
const LIMIT = { events: 25_000, bytes: 16 * 1024 * 1024, signals: 8_000, updates: 900 };

export async function mcpSession(input: SessionInput): Promise<void> {
  const { session, idleTtlMs, carried } = input;
  const seen = new SeenRequests(carried?.seen);
  const subscriptions = new Subscriptions(carried?.subscriptions);
  const calls = new Map<string, Call>();
  const waiting: CallRequest[] = [];
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
  const mayContinueAsNew = () => calls.size === 0 && (workflowInfo().continueAsNewSuggested || atLimit());

  function start(request: CallRequest): void {
    const key = callKey(request.message.id);
    const call = new Call({ ...request, session, logLevel });
    calls.set(key, call);
    void call.run().finally(() => {
      calls.delete(key);
      lastHeardAt = Date.now(); // the client has its whole time to come back for the answer
    });
  }

  // Before the handlers: a signal that came before this run's first task is handled as soon as its handler is set, and a
  // cancellation must find its call. For the same reason the log level comes before requests, and cancellations after them.
  carried?.waiting.forEach(start);

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
    if (!('method' in message)) return;
    if (message.method === 'notifications/initialized') initialized = true;
    if (message.method === 'notifications/cancelled') cancel(message.params?.requestId);
  });

  function cancel(requestId: unknown): void {
    if (typeof requestId !== 'string' && typeof requestId !== 'number') return;
    calls.get(callKey(requestId))?.cancel();
    const index = waiting.findIndex(({ message }) => message.id === requestId);
    if (index >= 0) waiting.splice(index, 1);
  }

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

  // What a call says is for those who read the history; the workflow only counts it.
  setHandler(defineSignal<[wire.EmitSignal]>(wire.EMIT_SIGNAL), () => {
    signals++;
  });

  setHandler(defineSignal<[wire.RecordSignal]>(wire.RECORD_SIGNAL), (record) => {
    signals++;
    calls.get(record.call)?.record(record);
  });

  setHandler(
    defineUpdate<wire.OpenAttemptResult, [wire.OpenAttempt]>(wire.OPEN_ATTEMPT_UPDATE),
    (open): wire.OpenAttemptResult => {
      updates++;
      return calls.get(open.call)?.openAttempt(open) ?? { open: false };
    },
  );

  setHandler(defineUpdate<wire.ClaimResult, [wire.Claim]>(wire.CLAIM_UPDATE), (claim): wire.ClaimResult => {
    updates++;
    return calls.get(claim.call)?.claim(claim) ?? { granted: false };
  });

  setHandler(defineQuery<SessionState>(wire.STATE_QUERY), () => ({
    session,
    initialized,
    logLevel,
    lastHeardAt,
    callsInFlight: [...calls.values()].map((call) => call.describe()),
  }));

  // One timer for each time to live, not for each message: a timer's events would cost more than a call's.
  for (;;) {
    const idleForMs = () => (calls.size > 0 ? 0 : Date.now() - lastHeardAt);
    const woken = await condition(() => ended || mayContinueAsNew(), Math.max(idleTtlMs - idleForMs(), 1));
    if (ended || (!woken && idleForMs() >= idleTtlMs)) break;
    if (mayContinueAsNew()) {
      await continueAsNew<typeof mcpSession>({
        ...input,
        carried: {
          initialized,
          logLevel,
          seen: seen.snapshot(),
          subscriptions: subscriptions.snapshot(),
          waiting,
          lastHeardAt,
        },
      });
    }
  }
  calls.forEach((call) => {
    call.cancel();
  });
}
