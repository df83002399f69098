/** Requests with nothing to lose: the node answers them, all but `ping` from the author's code, and Temporal hears only what must last. */
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
import { tellOf } from '../mcp/appFault';
import type { InitializedServer } from '../mcp/initializedServer';
import { dispatch } from '../mcp/dispatch';
import { askForPage } from '../mcp/pages';
import { aborted, type ClientConnection } from './clientConnection';
import type { ServiceContext } from './context';
import { runLocally } from './runLocally';
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

export const isAnsweredLocally = ({ method }: JSONRPCRequest): boolean => ANSWERED_LOCALLY.has(method);

export async function answerLocally(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
  message: JSONRPCRequest,
): Promise<void> {
  if (message.method === 'ping') {
    await tail.makeSure();
    return connection.respond(pong(message));
  }
  const { gone } = connection;
  const ask = (session: SessionInfo) => connection.whileOpen(askApp(context, tail, session, message, gone));
  const answered = await Promise.race([upToDate(tail, ask), aborted(gone)]);
  if (!answered) return;
  const answer = ofItsLevel(message, answered);
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

/** The SDK takes a level that is none for a fault of its own. */
function ofItsLevel(message: JSONRPCRequest, answer: JSONRPCResponse): JSONRPCResponse {
  const isFault = 'error' in answer && answer.error.code === RpcCode.internalError;
  if (message.method !== 'logging/setLevel' || !isFault) return answer;
  if (LoggingLevelSchema.safeParse(message.params?.level).success) return answer;
  const levels = LoggingLevelSchema.options.join(', ');
  return errorResponse(message.id, RpcCode.invalidParams, `The level is none; give one of ${levels}.`);
}

/** A call of a tool that `server` does not have: nothing of it is in the log. */
export async function answerBy(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
  message: JSONRPCRequest,
  server: InitializedServer,
): Promise<void> {
  const { gone } = connection;
  const work = told(context, tail, message, () =>
    runLocally(tail.session, message, () => server.ask(message, { signal: gone })),
  );
  const answer = await Promise.race([connection.whileOpen(work), aborted(gone)]);
  server.closeSoon();
  if (answer) connection.respond(answer);
}

/** It asks whether somebody is there, and needs nothing of the app (specification 2025-11-25, utilities, "Ping"). */
const pong = ({ id }: JSONRPCRequest): JSONRPCResponse => ({ jsonrpc: '2.0', id, result: {} });

/**
 * What a session has can depend on its state, and who was told of a change, by whichever node, must not get the list from before it: where
 * the app has looked at the state, the log is read to its end, and the app asked again if that has changed it. (`sessionState.test.ts`)
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
  message: JSONRPCRequest,
  gone: AbortSignal,
): Promise<JSONRPCResponse> {
  const { logLevel } = tail;
  const ask = async (request: JSONRPCRequest) =>
    (await dispatch(context.app, session, request, { logLevel, signal: gone })).response;
  return told(context, tail, message, () => runLocally(session, message, () => askForPage(ask, message)));
}

/** An app that fails is the operator's to look at; its client is told that it has. */
async function told(
  context: ServiceContext,
  tail: Tail,
  message: JSONRPCRequest,
  ask: () => Promise<JSONRPCResponse>,
): Promise<JSONRPCResponse> {
  try {
    return await ask();
  } catch (error) {
    context.log.error({ session: tail.session.id, request: message.id, err: error }, 'the app failed');
    const text = tellOf(`The server could not answer ${message.method}`, error);
    return errorResponse(message.id, RpcCode.internalError, text);
  }
}
