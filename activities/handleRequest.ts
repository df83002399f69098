/** One attempt of one call: the author's handler runs here, under heartbeats, with its steps and emits tied to the session. */
import { ApplicationFailure, Context, log } from '@temporalio/activity';
import type { WorkflowClient } from '@temporalio/client';
import { callKey, type CallInput, type Journal } from '../src/protocol/call';
import { RpcCode, errorResponse } from '../src/protocol/errors';
import type { JSONRPCResponse } from '../src/protocol/mcp';
import { workflowIdOf } from '../src/protocol/session';
import { OPEN_ATTEMPT_UPDATE, type OpenAttempt, type OpenAttemptResult } from '../src/protocol/signals';
import type { App } from '../src/server/app';
import { runningCall } from '../src/server/callContext';
import { isFinal } from '../src/server/errors';
import { handOver, type HandedOver } from '../src/server/handOver';
import { Emitter } from './emitter';
import { operationIdsOf } from './operations';
import { Steps, movedOn } from './steps';
import { storable } from './storable';

const MAXIMUM_RETRY_DELAY_MS = 30_000;
/** Also how soon a cancelled call notices, together with the worker's heartbeat throttle. */
const HEARTBEAT_INTERVAL_MS = 1_000;

/** Carried from attempt to attempt in the heartbeats: crashes must not count, so Temporal's own attempts do not say it. */
interface Heartbeat {
  readonly thrown: number;
}

export async function handleRequest(
  app: App,
  client: WorkflowClient,
  input: CallInput,
): Promise<JSONRPCResponse> {
  const { heartbeat, info, cancelled, cancellationSignal } = Context.current();
  const { session, message, policy, logLevel } = input;
  const handle = client.getHandle(workflowIdOf(session.id));
  const call = callKey(message.id);
  const attempt = info.attempt;
  const thrownBefore = (info.heartbeatDetails as Heartbeat | undefined)?.thrown ?? 0;
  const beat = (thrown: number) => {
    heartbeat({ thrown } satisfies Heartbeat);
  };

  const heart = setInterval(() => {
    beat(thrownBefore);
  }, HEARTBEAT_INTERVAL_MS);
  try {
    const journal = attempt === 1 ? {} : await openAttempt({ call, attempt });
    const emitter = new Emitter(handle, call, attempt);
    const steps = new Steps(handle, { session, call, attempt, journal, flushEmits: () => emitter.flush() });
    const running = {
      session,
      attempt,
      logLevel,
      steps: (signal: AbortSignal) => steps.boundTo(signal),
      operationId: operationIdsOf(session.id, call),
    };
    const handedOver = runningCall.run(running, () =>
      handOver(app, session, message, {
        logLevel,
        signal: cancellationSignal,
        onNotification: (notification, relates) => emitter.notify(notification, relates),
        onCloseStream: () => {
          emitter.closeConnection();
        },
      }),
    );
    const { response, thrown } = await Promise.race([handedOver.catch(asThrown), cancelled]);
    // The answer counts, even if the last thing said before it could not be sent.
    await emitter.flush().catch((error: unknown) => {
      log.warn('what a call said could not be sent', { call, session: session.id, error });
    });
    return thrown === undefined ? storable(message, response) : afterThrow(thrown, response);
  } finally {
    clearInterval(heart);
  }

  /** The app itself failed, before or beside its handler. */
  function asThrown(error: unknown): HandedOver {
    const text = `The server could not handle ${message.method}: ${error instanceof Error ? error.message : String(error)}`;
    return { response: errorResponse(message.id, RpcCode.internalError, text), thrown: error };
  }

  /** Ends the call with what was thrown, or begins the next attempt. */
  function afterThrow(thrown: unknown, response: JSONRPCResponse): JSONRPCResponse {
    const times = thrownBefore + 1;
    if (isFinal(thrown) || times >= policy.maximumAttempts) return storable(message, response);
    beat(times);
    const { name, message: text } =
      thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };
    throw ApplicationFailure.create({
      type: name,
      message: text,
      cause: thrown instanceof Error ? thrown : undefined,
      nextRetryDelay: Math.min(policy.initialIntervalMs * 2 ** thrownBefore, MAXIMUM_RETRY_DELAY_MS),
    });
  }

  async function openAttempt(open: OpenAttempt): Promise<Journal> {
    const result = await handle.executeUpdate<OpenAttemptResult, [OpenAttempt]>(OPEN_ATTEMPT_UPDATE, {
      args: [open],
      updateId: `${open.call}:${open.attempt}:open`,
    });
    if (result.open) return result.journal;
    throw movedOn(call, attempt);
  }
}
