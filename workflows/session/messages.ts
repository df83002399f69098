/**
 * The handlers of a session's signals, updates and queries. What came before a run's first task is handled as
 * soon as its handler is set, so the order here matters: the log level comes before requests, cancellations come
 * after them, and requests that come as updates later still, as they do in every other task and in the log
 * (earlyCancellations.ts).
 */
import { ApplicationFailure, defineQuery, setHandler } from '@temporalio/workflow';
import { isSame, whyNotState } from '../../src/model/sessionState';
import { jsonBytes } from '../../src/wire/bytes';
import { callKey } from '../../src/wire/call';
import type { RequestId } from '../../src/wire/messages';
import * as wire from '../../src/wire/signals';
import { has } from '../changes';
import { onSignal, onUpdate } from '../handlers';
import type { SessionRun } from './sessionRun';

export function handleMessages(run: SessionRun): void {
  const on = onSignal((payload) => {
    run.length.signal(payload);
  });
  handleClient(run, on);
  handleAttempts(run, on);
  answerQueries(run);
}

type On = ReturnType<typeof onSignal>;

/** Messages of a session's client, or of the node on its behalf. */
function handleClient(run: SessionRun, on: On): void {
  const { calls, listeners, seen, subscriptions } = run;

  on(wire.LOG_LEVEL_SIGNAL, (change) => {
    run.noteActivity();
    run.logLevel = change.level;
  });

  on(wire.REQUEST_SIGNAL, (request) => {
    run.take(request);
  });

  const cancelsFirst = has('early cancellations');
  if (!cancelsFirst) handleRequestUpdates(run);

  on(wire.CLIENT_MESSAGE_SIGNAL, ({ message }) => {
    run.noteActivity();
    if (!('method' in message)) return void calls.takeAnswer(message);
    const { method, params } = message;
    if (method === 'notifications/initialized') run.initialized = true;
    if (method !== 'notifications/cancelled' || !isRequestId(params?.requestId)) return;
    const [key, reason] = [
      callKey(params.requestId),
      textOr(params.reason, 'The client cancelled the call.'),
    ];
    if (seen.knows(key)) calls.cancel(key, reason);
    else run.earlyCancellations.note(key, reason);
  });

  if (cancelsFirst) handleRequestUpdates(run);

  // Nodes take the active listener from the history. The workflow keeps the listeners to wake their nodes and
  // to pass them to the next run. In a run's first task, all `listen` signals are handled before all `leave`
  // signals (see the head of this file). The result is the same, since a `leave` names its GET.
  on(wire.LISTEN_SIGNAL, (listen) => {
    run.noteActivity();
    listeners.listen(listen);
  });

  on(wire.LEAVE_SIGNAL, (leave) => {
    listeners.leave(leave);
  });

  on(wire.AWAIT_SIGNAL, ({ call, wakeAt }) => {
    run.noteActivity();
    calls.awaitAt(call, wakeAt);
  });

  on(wire.KEEPALIVE_SIGNAL, () => {
    run.noteActivity();
  });

  on(wire.END_SIGNAL, () => {
    run.ended = true;
  });

  on(wire.SUBSCRIPTION_SIGNAL, (change) => {
    run.noteActivity();
    subscriptions.change(change.uri, change.subscribed);
  });

  on(wire.NOTIFY_SIGNAL, ({ id }) => {
    subscriptions.isNew(id);
    run.wakeActiveListener();
  });
}

/** Requests of the client that come as updates. */
function handleRequestUpdates(run: SessionRun): void {
  const { calls, length, seen } = run;
  onUpdate(
    wire.SHORT_REQUEST_UPDATE,
    (request): undefined => {
      length.update(request);
      run.take(request);
    },
    ({ message }) => {
      if (run.isDraining() || calls.isFull || length.hasManyUpdates || seen.knows(callKey(message.id)))
        throw ApplicationFailure.nonRetryable('Not now.');
    },
  );
}

/** Messages of the attempts of a session's calls. */
function handleAttempts(run: SessionRun, on: On): void {
  const { budget, calls, length } = run;

  // A call's messages are read from the history; here only its requests to the client matter, and the nodes
  // to wake.
  on(wire.EMIT_SIGNAL, (emit) => {
    calls.get(emit.call)?.journal.noteMessages(emit, Date.now());
    if (emit.emits.some(({ to }) => to === 'session')) run.wakeActiveListener();
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
    length.update(open, result);
    const bytes = jsonBytes(result);
    return budget.take(bytes) ? result : budget.wait(bytes).then(() => result);
  });

  onUpdate(wire.CLAIM_UPDATE, (claim): wire.ClaimResult => {
    const result = calls.get(claim.call)?.journal.claim(claim) ?? { granted: false };
    length.update(claim, result);
    return result;
  });

  onUpdate(
    wire.SET_STATE_UPDATE,
    (write): undefined => {
      length.update(write);
      if (calls.get(write.call)?.writes(write)) run.write(write.key, write.value);
    },
    ({ call, attempt, key, value, expected }) => {
      if (!calls.get(call)?.journal.isCurrent(attempt))
        throw ApplicationFailure.nonRetryable('The call has moved on.', wire.MOVED_ON);
      const { state } = run.session;
      const problem = whyNotState(state, key, value);
      if (problem) throw ApplicationFailure.nonRetryable(problem);
      if (!expected || isSame(state[key], expected.is)) return;
      throw ApplicationFailure.nonRetryable(`The key ${key} has another value now.`, wire.STATE_CHANGED);
    },
  );
}

function answerQueries(run: SessionRun): void {
  const { calls, length } = run;
  const answers: { readonly [Query in keyof wire.Answers]: (call: string) => wire.Answers[Query] } = {
    [wire.STATE_QUERY]: () => {
      const { session, initialized, logLevel, lastSeenAt: lastHeardAt } = run;
      return { session, initialized, logLevel, lastHeardAt, ...calls.describe() };
    },
    [wire.JOURNAL_QUERY]: (call) => calls.get(call)?.journal.snapshot().journal ?? {},
    [wire.ROOM_QUERY]: () => !length.isFull,
    [wire.INTERRUPTION_QUERY]: (call) => calls.get(call)?.interruption() ?? { kind: 'cancelled' },
  };

  for (const [query, answer] of Object.entries(answers))
    setHandler(defineQuery<unknown, [string]>(query), answer);

  onUpdate(
    wire.ASK_UPDATE,
    (): undefined => undefined,
    ({ query, call = '' }) => {
      throw ApplicationFailure.nonRetryable('The answer is a detail.', wire.ANSWER, answers[query](call));
    },
  );
}

const textOr = (text: unknown, otherwise: string): string =>
  typeof text === 'string' && text !== '' ? text : otherwise;

const isRequestId = (id: unknown): id is RequestId => typeof id === 'string' || typeof id === 'number';
