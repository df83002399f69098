/**
 * Requests that need no durability. The node answers them itself: `ping` directly, all others by running the
 * author's code. Only a log level or a subscription is written to Temporal.
 */
import type { Tail } from '../log/tail';
import { RpcCode, errorResponse } from '../wire/rpcErrors';
import {
  LoggingLevelSchema,
  type JSONRPCRequest,
  type JSONRPCResponse,
  type LoggingLevel,
} from '../mcp/protocol';
import type { SessionInfo } from '../wire/sessionInfo';
import { LOG_LEVEL_SIGNAL, type LogLevelSignal } from '../wire/signals';
import { appFailedResponse } from '../mcp/appFault';
import type { InitializedServer } from '../mcp/initializedServer';
import { dispatch } from '../mcp/dispatch';
import { askForPage } from '../mcp/pages';
import { aborted, type ClientConnection } from './clientConnection';
import type { Caller, ServiceContext } from './context';
import { runLocally } from './runLocally';
import { withoutHidden } from './scopes';
import { isSubscription, keepSubscription } from './subscriptions';
import { signal } from './toTemporal';
import { watch } from './watch';

const ANSWERED_LOCALLY = new Set([
  'ping',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'completion/complete',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
]);

/** A request that the node handles itself, and its sender. */
export interface LocalRequest {
  readonly message: JSONRPCRequest;
  readonly caller: Caller;
}

export const isAnsweredLocally = ({ method }: JSONRPCRequest): boolean => ANSWERED_LOCALLY.has(method);

export async function answerLocally(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
  request: LocalRequest,
): Promise<void> {
  const { message } = request;
  if (message.method === 'ping') {
    await tail.makeSure();
    return connection.respond(pong(message));
  }
  const { gone } = connection;
  const ask = (session: SessionInfo) => connection.whileOpen(askApp(context, tail, session, request, gone));
  const answered = await Promise.race([upToDate(tail, ask), aborted(gone)]);
  if (!answered) return;
  const answer = explainInvalidLevel(message, answered);
  if (message.method === 'logging/setLevel' && 'result' in answer) {
    const { level } = message.params as { level: LoggingLevel };
    await signal<LogLevelSignal>(context, tail, LOG_LEVEL_SIGNAL, {
      level,
      request: message,
      response: answer,
    });
  }
  const kept = isSubscription(message)
    ? await keepSubscription(context, tail, message, answer, gone)
    : answer;
  if (kept) connection.respond(kept);
}

/** The SDK reports an invalid log level as an internal error; this answer reports invalid parameters. */
function explainInvalidLevel(message: JSONRPCRequest, answer: JSONRPCResponse): JSONRPCResponse {
  const isFault = 'error' in answer && answer.error.code === RpcCode.internalError;
  if (message.method !== 'logging/setLevel' || !isFault) return answer;
  if (LoggingLevelSchema.safeParse(message.params?.level).success) return answer;
  const levels = LoggingLevelSchema.options.join(', ');
  return errorResponse(message.id, RpcCode.invalidParams, `The level is none; give one of ${levels}.`);
}

/** Answers a call of a tool that `server` does not have. The log has no record of such a call. */
export async function answerBy(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
  { message, caller }: LocalRequest,
  server: InitializedServer,
): Promise<void> {
  const { gone } = connection;
  const work = orFailedAnswer(context, tail, message, () =>
    runLocally(tail.session, message, caller.auth, () =>
      server.ask(message, { signal: gone, auth: caller.auth }),
    ),
  );
  const answer = await Promise.race([connection.whileOpen(work), aborted(gone)]);
  server.closeSoon();
  if (answer) connection.respond(answer);
}

/**
 * `ping` only checks that the connection is alive and needs nothing of the app (specification 2025-11-25,
 * utilities, "Ping").
 */
const pong = ({ id }: JSONRPCRequest): JSONRPCResponse => ({ jsonrpc: '2.0', id, result: {} });

/**
 * The app's answer for the newest state that matters. What a server offers can depend on the session's state,
 * and a client that any node has told of a change must not get the list from before that change. If the app
 * has read the state, this function therefore reads the log to its end and, if the state has changed, asks
 * the app again. (`sessionState.test.ts`)
 */
async function upToDate(tail: Tail, ask: (session: SessionInfo) => Promise<JSONRPCResponse>) {
  const { session } = tail;
  const watched = watch(session);
  const answer = await ask(watched.session);
  await (watched.looked ? tail.catchUp() : tail.makeSure());
  return tail.session === session ? answer : ask(tail.session);
}

function askApp(
  context: ServiceContext,
  tail: Tail,
  session: SessionInfo,
  { message, caller }: LocalRequest,
  gone: AbortSignal,
): Promise<JSONRPCResponse> {
  const { logLevel } = tail;
  const ask = async (request: JSONRPCRequest) => {
    const { response, server } = await dispatch(context.app, session, request, {
      logLevel,
      auth: caller.auth,
      signal: gone,
    });
    return request.method === 'tools/list' ? withoutHidden(caller, server, response) : response;
  };
  return orFailedAnswer(context, tail, message, () =>
    runLocally(session, message, caller.auth, () => askForPage(ask, message)),
  );
}

/** Logs an error of the app for the operator; the client only learns that the app failed. */
async function orFailedAnswer(
  context: ServiceContext,
  tail: Tail,
  message: JSONRPCRequest,
  ask: () => Promise<JSONRPCResponse>,
): Promise<JSONRPCResponse> {
  try {
    return await ask();
  } catch (error) {
    context.log.error({ session: tail.session.id, request: message.id, err: error }, 'the app failed');
    return appFailedResponse(message, 'answer', error);
  }
}
