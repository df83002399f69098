/**
 * Carries the call that is running to the author's handler, through the SDK, which knows nothing of it. Kept under a global
 * symbol, so that an app with its own copy of this package still finds it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  McpError,
  type LoggingLevel,
  type ServerNotification,
  type ServerRequest,
} from '../protocol/mcp';
import { isLoud } from '../protocol/logLevel';
import type { SessionInfo } from '../protocol/session';
import { lacksCapability } from './clientCapabilities';
import type { DurableContext, DurableSteps, SessionStateStore, StepOptions } from './context';

/** What a worker knows of the call that it runs. */
export interface RunningCall {
  readonly session: SessionInfo;
  readonly attempt: number;
  readonly logLevel?: LoggingLevel;
  /** Bound to the handler's abort signal, which only the SDK knows. */
  steps(signal: AbortSignal): DurableSteps;
  /** Runs `send`, which hands one request to the client to the SDK, as the step `name`. */
  ask<T>(name: string, send: () => Promise<T>, options?: StepOptions): Promise<T>;
  sleep(name: string, duration: number | string, signal: AbortSignal, options?: StepOptions): Promise<void>;
  readonly state: SessionStateStore;
  /** An id for the next effect of this kind, the same at every attempt of the call. */
  operationId(what: string): string;
}

const KEY = Symbol.for('durable-mcp.runningCall');
const globals = globalThis as { [KEY]?: AsyncLocalStorage<RunningCall> };
export const runningCall = (globals[KEY] ??= new AsyncLocalStorage<RunningCall>());

export function durableContext(
  extra: RequestHandlerExtra<ServerRequest, ServerNotification>,
  server: Server,
): DurableContext {
  const call = runningCall.getStore();
  if (!call) {
    throw new Error(
      'This handler needs a durable call; serve its app with durable-mcp (for example `durable-mcp dev APP`).',
    );
  }
  const steps = call.steps(extra.signal);
  const ask = async <T>(
    { method, mode }: { method: string; mode?: 'form' | 'url' },
    name: string,
    send: () => Promise<T>,
    options?: StepOptions,
  ) => {
    const lack = lacksCapability(call.session.capabilities, method, mode);
    if (lack) throw new McpError(ErrorCode.InvalidRequest, lack);
    return call.ask(name, send, options);
  };
  return {
    ...extra,
    session: call.session,
    state: call.state,
    attempt: call.attempt,
    atLeastOnce: (name, fn, options) => steps.atLeastOnce(name, fn, options),
    atMostOnce: (name, fn, options) => steps.atMostOnce(name, fn, options),
    elicit: (name, params, options) =>
      ask(
        { method: 'elicitation/create', mode: params.mode },
        name,
        () => server.elicitInput(params),
        options,
      ),
    sample: (name, params, options) =>
      ask({ method: 'sampling/createMessage' }, name, () => server.createMessage(params), options),
    roots: async (name, options) =>
      (await ask({ method: 'roots/list' }, name, () => server.listRoots(), options)).roots,
    sleep: (name, duration, options) => call.sleep(name, duration, extra.signal, options),
    async progress(progress, total, message) {
      const progressToken = extra._meta?.progressToken;
      if (progressToken === undefined) return;
      await extra.sendNotification({
        method: 'notifications/progress',
        params: { progressToken, progress, total, message },
      });
    },
    async log(level, data, logger) {
      if (!isLoud(level, call.logLevel)) return;
      await extra.sendNotification({ method: 'notifications/message', params: { level, data, logger } });
    },
  };
}
