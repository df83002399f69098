/**
 * Runs a short call as a local activity, inside of its session's workflow task. Nothing can reach the session
 * before that task has ended, so a short call has no steps, and its messages are returned with its answer.
 * (`shortCalls.test.ts`)
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { jsonBytes } from '../src/wire/bytes';
import { MAXIMUM_SHORT_BYTES, callKey, type CallInput, type ShortOutcome } from '../src/wire/call';
import { RpcCode, errorResponse } from '../src/wire/rpcErrors';
import type { JSONRPCRequest, JSONRPCResponse } from '../src/mcp/protocol';
import type { App } from '../src/mcp/app';
import { deliveryScopeOf } from '../src/mcp/deliveryScope';
import { isFinal } from '../src/api/errors';
import { failedAnswer } from '../src/mcp/failedAnswer';
import { dispatch, type Dispatched } from '../src/mcp/dispatch';
import { runInFlight } from '../src/api/inFlight';
import { nonDurableContext } from '../src/api/nonDurableContext';
import { operationIdsOf } from './operations';
import { errorOf, failureOf } from './thrown';

/**
 * Requests older than this limit run as ordinary activities, which count crashes. A workflow task whose
 * worker dies goes to the next worker, together with its local activities, again and again: a handler that
 * ends or blocks its process would take down every worker. A dead worker is noticed after
 * WORKFLOW_TASK_TIMEOUT, so a request of nearly that age may have killed a worker, or has waited that long
 * for one. If the worker's clock is ahead of the node's by this much, no call runs inline; if it is behind, a
 * crash repeats for as long as the difference.
 */
const OLDEST_MS = 4_000;

export async function handleShort(app: App, input: CallInput): Promise<ShortOutcome> {
  const { info, cancellationSignal, cancelled } = Context.current();
  const { session, message, policy, sentAt, logLevel, auth } = input;
  const { attempt } = info;
  // Only for the first attempt: a later one follows an error, and has its own time.
  if (attempt === 1 && sentAt !== undefined && Date.now() - sentAt > OLDEST_MS)
    throw ApplicationFailure.nonRetryable(
      'The request is too old to run inside of a workflow task.',
      'TooOld',
    );
  const messages: ShortOutcome['said'] = [];
  const running = nonDurableContext({
    session,
    request: message.id,
    attempt,
    logLevel,
    auth,
    operationId: operationIdsOf(session.id, callKey(message.id)),
    because: "execution 'inline'",
  });
  const timeout = AbortSignal.timeout(Math.max(info.scheduledTimestampMs + policy.timeoutMs - Date.now(), 1));
  const strayThrown = new AbortController();
  const handled = (): Promise<Dispatched> =>
    dispatch(app, session, message, {
      logLevel,
      auth,
      signal: AbortSignal.any([cancellationSignal, timeout, strayThrown.signal]),
      onNotification: (notification, relates) => {
        messages.push({ to: deliveryScopeOf(notification, relates), message: notification });
        return Promise.resolve();
      },
    });
  const { response, thrown } = await Promise.race([
    runInFlight(running, handled, (stray) => {
      strayThrown.abort();
      return {
        response: failedAnswer(message, errorOf(stray).message),
        thrown: stray ?? new Error(String(stray)),
      };
    }),
    cancelled,
    timedOut(timeout, message, policy.timeoutMs),
  ]);
  if (thrown !== undefined && !isFinal(thrown) && attempt < policy.maximumAttempts) throw failureOf(thrown);
  return fitting(message, { said: messages, response });
}

async function timedOut(timeout: AbortSignal, { id }: JSONRPCRequest, timeoutMs: number) {
  await new Promise((resolve) => {
    timeout.addEventListener('abort', resolve, { once: true });
  });
  const text = `The call did not end within ${timeoutMs} ms, and will not run again; repeat it if you still need it.`;
  const response: JSONRPCResponse = errorResponse(id, RpcCode.internalError, text);
  return { response, thrown: undefined };
}

function fitting(message: JSONRPCRequest, outcome: ShortOutcome): ShortOutcome {
  const bytes = jsonBytes(outcome);
  if (bytes <= MAXIMUM_SHORT_BYTES) return outcome;
  const text = `An inline call says and answers at most ${MAXIMUM_SHORT_BYTES} bytes, and this has ${bytes}; register the tool without execution 'inline'.`;
  return { said: [], response: errorResponse(message.id, RpcCode.internalError, text) };
}
