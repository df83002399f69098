/**
 * A short call's attempt: a local activity, inside of its session's workflow task. Nothing of it can reach the session before that task
 * has ended, so it has no steps, and what it says comes with its answer. (`shortCalls.test.ts`)
 */
import { Context } from '@temporalio/activity';
import { bytesOf } from '../src/protocol/bytes';
import { MAXIMUM_SHORT_BYTES, callKey, type CallInput, type ShortOutcome } from '../src/protocol/call';
import { RpcCode, errorResponse } from '../src/protocol/errors';
import type { JSONRPCRequest, JSONRPCResponse } from '../src/protocol/mcp';
import type { App } from '../src/server/app';
import { audienceOf } from '../src/server/audience';
import { isFinal } from '../src/server/errors';
import { failedResponse } from '../src/server/failedResponse';
import { handOver, type HandedOver } from '../src/server/handOver';
import { runInFlight } from '../src/server/inFlight';
import { withoutSteps } from '../src/server/withoutSteps';
import { operationIdsOf } from './operations';
import { errorOf, failureOf } from './thrown';

export async function handleShort(app: App, input: CallInput): Promise<ShortOutcome> {
  const { info, cancellationSignal, cancelled } = Context.current();
  const { session, message, policy, logLevel } = input;
  const { attempt } = info;
  const said: ShortOutcome['said'] = [];
  const running = withoutSteps({
    session,
    request: message.id,
    attempt,
    logLevel,
    operationId: operationIdsOf(session.id, callKey(message.id)),
    because: 'short durability',
  });
  const late = AbortSignal.timeout(Math.max(info.scheduledTimestampMs + policy.timeoutMs - Date.now(), 1));
  const over = new AbortController();
  const handled = (): Promise<HandedOver> =>
    handOver(app, session, message, {
      logLevel,
      signal: AbortSignal.any([cancellationSignal, late, over.signal]),
      onNotification: (notification, relates) => {
        said.push({ to: audienceOf(notification, relates), message: notification });
        return Promise.resolve();
      },
    });
  const { response, thrown } = await Promise.race([
    runInFlight(running, handled, (stray) => {
      over.abort();
      return {
        response: failedResponse(message, errorOf(stray).message),
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
  const bytes = bytesOf(JSON.stringify(outcome));
  if (bytes <= MAXIMUM_SHORT_BYTES) return outcome;
  const text = `A short call says and answers at most ${MAXIMUM_SHORT_BYTES} bytes, and this has ${bytes}; register the tool without \`short\`.`;
  return { said: [], response: errorResponse(message.id, RpcCode.internalError, text) };
}
