/**
 * Carries the running call to the author's handler, past the SDK, which does not know calls. The store is
 * under a global symbol, so that an app with its own copy of this package finds it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ErrorCode,
  type McpError,
  type RequestHandlerExtra,
  type Server,
  type ServerNotification,
  type ServerRequest,
} from '../mcp/sdk/v1';
import type { LoggingLevel, RequestId } from '../wire/messages';
import { reachesLevel } from '../mcp/logLevel';
import { principalId, type CallAuth } from '../wire/principal';
import type { SessionInfo } from '../wire/sessionInfo';
import { withDownstreamTokens, type DownstreamToken } from './downstreamTokens';
import { lacksCapability } from '../mcp/clientCapabilities';
import type {
  AskOptions,
  CallerAuth,
  DurableContext,
  SessionStateStore,
  RunningStep,
  StepOptions,
} from './context';

/**
 * {@link DurableSteps} for their implementation, with values of the plain type `T`: only the author's types
 * need to say that values are JSON.
 */
export interface CallSteps {
  atLeastOnce<T>(name: string, fn: (step: RunningStep) => T | Promise<T>, options?: StepOptions): Promise<T>;
  atMostOnce<T>(name: string, fn: (step: RunningStep) => T | Promise<T>, options?: StepOptions): Promise<T>;
}

/** {@link SessionStateStore} for its implementation, likewise. */
export interface CallState {
  get<T>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  update<T>(key: string, change: (now: T | undefined) => T | undefined): Promise<T | undefined>;
}

/** The call that a worker runs. */
export interface RunningCall {
  readonly session: SessionInfo;
  readonly request: RequestId;
  readonly attempt: number;
  readonly logLevel?: LoggingLevel;
  /** The caller; absent if anonymous. */
  readonly auth?: CallAuth;
  /**
   * Aborts when the call is cancelled. The SDK's own signal also aborts when its server is closed, for
   * example at a suspension.
   */
  readonly signal?: AbortSignal;
  readonly steps: CallSteps;
  /** Runs `send`, which sends one request to the client through the SDK, as the step `name`. */
  ask<T>(name: string, send: () => Promise<T>, options?: AskOptions): Promise<T>;
  sleep(name: string, duration: number | string, options?: StepOptions): Promise<void>;
  readonly state: CallState;
  /** An id for the next effect of this kind, the same at every attempt of the call; see activities/operations.ts. */
  operationId(what: string, content?: unknown): string;
  /** Runs `act` once, as a step without a name: later attempts get its value. */
  once<T>(what: string, act: () => Promise<T>): Promise<T>;
  /** The call uses what other sessions share: an attempt that began inline then needs an activity. */
  promote?: () => void;
  /**
   * Ends the attempt as if the handler had thrown `thrown`. Has no effect after the end of the attempt. See
   * inFlight.ts.
   */
  fail?: (thrown: unknown) => void;
}

const KEY = Symbol.for('durable-mcp.runningCall');
const globals = globalThis as { [KEY]?: AsyncLocalStorage<RunningCall> };
export const runningCall = (globals[KEY] ??= new AsyncLocalStorage<RunningCall>());

export function durableContext(
  extra: RequestHandlerExtra<ServerRequest, ServerNotification>,
  server: Server,
  McpErrorOfAuthor: typeof McpError,
  downstreamToken: DownstreamToken | undefined,
): DurableContext {
  const call = runningCall.getStore();
  if (!call) {
    throw new Error(
      'This handler needs a durable call; serve its app with durable-mcp (for example `durable-mcp dev APP`).',
    );
  }
  const auth = call.auth && callerAuthOf(call.auth);
  const ask = <T>(
    { method, mode }: { method: string; mode?: 'form' | 'url' },
    name: string,
    send: () => Promise<T>,
    options?: AskOptions,
  ): Promise<T> => {
    const lack = lacksCapability(call.session.capabilities, method, mode);
    if (lack) return Promise.reject(new McpErrorOfAuthor(ErrorCode.InvalidRequest, lack));
    return call.ask(name, send, options);
  };
  return {
    ...extra,
    signal: call.signal ?? extra.signal,
    session: call.session,
    state: call.state as SessionStateStore,
    attempt: call.attempt,
    auth,
    atLeastOnce: (name, fn, options) =>
      call.steps.atLeastOnce(name, withDownstreamTokens(fn, auth, downstreamToken), options) as never,
    atMostOnce: (name, fn, options) =>
      call.steps.atMostOnce(name, withDownstreamTokens(fn, auth, downstreamToken), options) as never,
    elicit: (name, params, options) =>
      ask(
        { method: 'elicitation/create', mode: params.mode },
        name,
        () => server.elicitInput(params),
        options,
      ),
    sample: (name, params, options) =>
      ask({ method: 'sampling/createMessage' }, name, () => server.createMessage(params), options),
    roots: (name, options) => {
      const list = async () => (await server.listRoots()).roots;
      return ask({ method: 'roots/list' }, name, list, options);
    },
    sleep: (name, duration, options) => call.sleep(name, duration, options),
    async progress(progress, total, message) {
      const progressToken = extra._meta?.progressToken;
      if (progressToken === undefined) return;
      await extra.sendNotification({
        method: 'notifications/progress',
        params: { progressToken, progress, total, message },
      });
    },
    async log(level, data, logger) {
      if (!reachesLevel(level, call.logLevel)) return;
      await extra.sendNotification({ method: 'notifications/message', params: { level, data, logger } });
    },
  };
}

const callerAuthOf = ({ principal, expiresAt, claims }: CallAuth): CallerAuth => ({
  ...principal,
  principal: principalId(principal),
  expiresAt,
  claims,
});
