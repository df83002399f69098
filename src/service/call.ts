/**
 * A request that becomes a call. The request is in the log before its handler runs, and the client gets the
 * call's stream as the answer.
 */
import { randomUUID } from 'node:crypto';
import type { StreamEvent } from '../log/streamEvent';
import { findOwn, remaining } from '../log/live';
import { resume } from '../log/resume';
import { temporalNow } from '../log/temporalClock';
import type { Reader, Subscription } from '../log/subscription';
import type { Tail } from '../log/tail';
import type { JSONRPCRequest } from '../mcp/protocol';
import { Refusal } from '../mcp/refusal';
import { streamOfRequest, type Position } from '../wire/eventId';
import { RpcCode } from '../wire/rpcErrors';
import { answerBy } from './answerLocally';
import { callLocally } from './callLocally';
import { aborted, type ClientConnection } from './clientConnection';
import type { Caller, ServiceContext } from './context';
import { digestOf } from './digest';
import { pauseUntilTakenOver } from './pauseUntilTakenOver';
import { discard, policyFor } from './policies';
import { assertMayJoin, beginningOf } from './repeats';
import { sendRequest } from './sendRequest';
import type { Idles } from './sessions';
import type { StreamEvents } from './stream';

type Accepted = Extract<StreamEvent, { kind: 'request' }>;

/** A POST of one request. */
export interface RequestPost {
  readonly message: JSONRPCRequest;
  readonly caller: Caller;
  /** The last event of the request's stream that the client has received, if the client says so. */
  readonly lastEventId?: string;
}

/**
 * Sends headers only after reading the log, which alone decides whether the request is new, repeated or
 * refused.
 */
export async function call(
  context: ServiceContext,
  connection: ClientConnection,
  tail: Tail,
  { message, caller, lastEventId }: RequestPost,
  idles: Idles,
): Promise<void> {
  const postId = randomUUID();
  const lookup = policyFor(context, caller, tail, message);
  const policy = await Promise.race([lookup, aborted(connection.gone)]);
  if (!policy) return void lookup.then(discard, () => undefined);
  if (policy === 'none') return callLocally(context, connection, tail, { message, caller });
  if ('server' in policy) return answerBy(context, connection, tail, { message, caller }, policy.server);
  const digest = digestOf(message);
  const ofRequest = streamOfRequest(message.id);
  const live = tail.subscribe(ofRequest, connection);
  try {
    const wakeAt = context.sessions.isCrowded ? context.wakeUps.taskQueue : undefined;
    const { auth } = caller;
    await sendRequest(context, tail, {
      message,
      policy,
      sentAt: temporalNow(),
      postId,
      digest,
      wakeAt,
      auth,
    });
    const accepted = await findOwn(tail, live, 'request', postId);
    // The client has left. Its call runs on, and a repetition of the request gets the answer.
    if (!accepted) return context.unread.add({ sessionId: tail.session.id, stream: ofRequest }, postId);
    await assertMayJoin(context, tail, accepted, lastEventId);
    const position = beginningOf(accepted, lastEventId);
    const stream = streamOf(context, tail, live, accepted, { position, reader: connection });
    const { protocolVersion } = tail.session;
    const answer = {
      sessionId: tail.session.id,
      stream: accepted.stream,
      position,
      protocolVersion,
      own: postId,
    };
    const events = wakeAt === undefined ? stream : pauseUntilTakenOver(stream, idles, answer);
    await connection.stream(events, answer);
  } finally {
    live.close();
  }
}

/**
 * The stream of an accepted request: from now on for a new request, from `position` on for a repeated one.
 */
function streamOf(
  context: ServiceContext,
  tail: Tail,
  live: Subscription,
  accepted: Accepted,
  { position, reader }: { position: Position; reader: Reader },
): StreamEvents {
  const { verdict, stream, postId } = accepted;
  switch (verdict.kind) {
    case 'new':
      return remaining(live);
    case 'repeat':
      live.close();
      return resume(context.client, tail, { ...position, stream }, reader, postId);
    case 'conflict':
      throw new Refusal(
        400,
        RpcCode.invalidRequest,
        'The id was used for another request of this session; give each request its own.',
      );
    case 'forgotten':
      throw new Refusal(
        400,
        RpcCode.invalidRequest,
        'The id was used long ago in this session, and its answer is no longer at hand; use ids that the session has not had.',
      );
  }
}
