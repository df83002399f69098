/**
 * A short call's attempt: a local activity, inside of its session's workflow task. Nothing of it can reach the session before that task
 * has ended, so it has no steps, and what it says comes with its answer. (`shortCalls.test.ts`)
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
 * A workflow task that has lost its worker is given to the next one, again and again, with the calls inside of it: one that ends its process, or
 * blocks it, would take every worker. It has lost its worker only after its timeout (WORKFLOW_TASK_TIMEOUT), so a request that is nearly as old goes the ordinary
 * way, where crashes are counted; so does one that has waited as long for a worker. Where the worker's clock is ahead of the node's
 * by as much, no call runs short; where it is behind, a crash is repeated for as long as that.
 */
const OLDEST_MS = 4_000;

export async function handleShort(app: App, input: CallInput): Promise<ShortOutcome> {
  const { info, cancellationSignal, cancelled } = Context.current();
  const { session, message, policy, sentAt, logLevel } = input;
  const { attempt } = info;
  // A later attempt comes after one that threw, and has a right to its time.
  if (attempt === 1 && sentAt !== undefined && Date.now() - sentAt > OLDEST_MS)
    throw ApplicationFailure.nonRetryable(
      'The request is too old to run inside of a workflow task.',
      'TooOld',
    );
  const said: ShortOutcome['said'] = [];
  const running = nonDurableContext({
    session,
    request: message.id,
    attempt,
    logLevel,
    operationId: operationIdsOf(session.id, callKey(message.id)),
    because: "execution 'inline'",
  });
  const late = AbortSignal.timeout(Math.max(info.scheduledTimestampMs + policy.timeoutMs - Date.now(), 1));
  const over = new AbortController();
  const handled = (): Promise<Dispatched> =>
    dispatch(app, session, message, {
      logLevel,
      signal: AbortSignal.any([cancellationSignal, late, over.signal]),
      onNotification: (notification, relates) => {
        said.push({ to: deliveryScopeOf(notification, relates), message: notification });
        return Promise.resolve();
      },
    });
  const { response, thrown } = await Promise.race([
    runInFlight(running, handled, (stray) => {
      over.abort();
      return {
        response: failedAnswer(message, errorOf(stray).message),
        thrown: stray ?? new Error(String(stray)),
      };
    }),
    cancelled,
    outOfTime(late, message, policy.timeoutMs),
  ]);
  if (thrown !== undefined && !isFinal(thrown) && attempt < policy.maximumAttempts) throw failureOf(thrown);
  return fitting(message, { said, response });
}

async function outOfTime(late: AbortSignal, { id }: JSONRPCRequest, timeoutMs: number) {
  await new Promise((resolve) => {
    late.addEventListener('abort', resolve, { once: true });
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
