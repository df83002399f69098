/** One request of a workflow as an activity: each attempt sends the same bytes, and goes on where the one before ended. */
import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { JSONRPCResponse } from '../../wire/messages';
import { OpenCall } from '../core/openCall';
import { Exchange } from '../http/exchange';
import type { RequestInput, RequestOutcome } from '../workflow/protocol';
import { BorrowedSession } from './borrowedSession';
import type { Connection } from './connections';
import { lostWith } from './failures';
import { Asked, Questions } from './questions';

/** What the next attempt gets to know. */
interface Heartbeat {
  readonly lastEventId?: string;
}

/** The shortest time between heartbeats that nothing has caused. Temporal's SDK sends fewer. */
const LEAST_BEAT_MS = 200;

export async function request(
  { wire, settings }: Connection,
  input: RequestInput,
  context: Context,
): Promise<RequestOutcome> {
  const { session, after } = input;
  const signal = interruption(context);
  const call = openCall(input, context);
  const borrowed = new BorrowedSession(session, { wire, settings, signal });
  const joins = borrowed.joins();
  const questions = new Questions(call, { answered: after?.answered ?? [], joins, answer });
  const exchange = new Exchange(call, wire, borrowed, {
    settings,
    incoming: (message) => {
      questions.receive(message);
      return undefined;
    },
    assertLease: async () => undefined,
    state: () => undefined,
  });
  signal.addEventListener('abort', () => {
    call.stop(signal.reason as Error);
  });
  const stopBeating = beating(call, questions, context);
  try {
    return { response: await exchange.run() };
  } catch (error) {
    if (error instanceof Asked) return { asked: error.question, lastEventId: error.lastEventId };
    if (!borrowed.isLost) throw error;
    if (call.mayHaveArrived && !call.safe) throw lostWith(input);
    return { gone: true };
  } finally {
    stopBeating();
  }

  function answer(message: JSONRPCResponse): void {
    wire.tell({ signal, session: borrowed.headers, body: JSON.stringify(message) }).then(
      (response) => void response.body?.cancel().catch(() => undefined),
      (error: unknown) => {
        settings.warn('A question of the server could not be answered.', error);
      },
    );
  }
}

/**
 * A further attempt cannot know whether the one before has sent the request: a heartbeat that says so can be lost
 * with its worker. An attempt that an operator has reset counts as the first again, but has heartbeats.
 */
function openCall({ message, safe, session, after }: RequestInput, { info }: Context): OpenCall {
  const before = info.heartbeatDetails as Heartbeat | undefined;
  return new OpenCall({
    id: String(message.id),
    body: JSON.stringify(message),
    safe,
    requests: 0,
    sessionId: session.id,
    lastEventId: before?.lastEventId ?? after?.lastEventId,
    mayHaveArrived: info.attempt > 1 || before !== undefined || after !== undefined,
  });
}

/**
 * Temporal marks an activity as cancelled only where its workflow has cancelled it. All else, the end of the
 * worker above all, is a failure that the next attempt mends.
 */
function interruption({ cancellationSignal, cancellationDetails }: Context): AbortSignal {
  const stop = new AbortController();
  cancellationSignal.addEventListener('abort', () => {
    const reason = cancellationSignal.reason as Error;
    const isCancelled = cancellationDetails?.cancelRequested ?? false;
    stop.abort(isCancelled ? reason : ApplicationFailure.retryable(reason.message, 'Interrupted'));
  });
  return stop.signal;
}

/** A beat for each event, and beats in silence: by them this worker hears of a cancellation, and is known to live. */
function beating(call: OpenCall, questions: Questions, { info, heartbeat }: Context): () => void {
  const beat = () => {
    heartbeat({ lastEventId: questions.resumeAt } satisfies Heartbeat);
  };
  beat();
  call.onMoved = () => {
    questions.moved();
    beat();
  };
  const timer = setInterval(beat, Math.max(LEAST_BEAT_MS, (info.heartbeatTimeoutMs ?? 10_000) / 4));
  return () => {
    call.onMoved = () => undefined;
    clearInterval(timer);
  };
}
