/** POST: one message of the client. A request becomes a signal and is answered by its stream; the rest is acknowledged. */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { StreamEvent } from '../log/streamEvent';
import { findOwn, remaining } from '../log/live';
import { resume } from '../log/resume';
import type { Reader, Subscription } from '../log/subscription';
import type { Tail } from '../log/tail';
import { Refusal, sessionNotFound } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { streamOfRequest, type Position } from '../wire/eventId';
import {
  isJSONRPCRequest,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type JSONRPCResponse,
} from '../mcp/protocol';
import { CLIENT_MESSAGE_SIGNAL, type ClientMessageSignal } from '../wire/signals';
import type { StreamEvents } from './answer';
import { answerBy, answerLocally, isAnsweredLocally } from '../service/answerLocally';
import { callLocally } from '../service/callLocally';
import { aborted, goneSignal, readerOf, principalOf, type NodeContext } from '../service/context';
import { digestOf } from '../service/digest';
import { assertLimits, assertProtocolVersion, messageOf, sessionIdOf } from './guards';
import { openSession } from '../service/openSession';
import { assertInitialized } from '../service/initialized';
import { pauseUntilTakenOver } from '../service/pauseUntilTakenOver';
import { discard, policyFor } from '../service/policies';
import { assertMayJoin, beginningOf } from '../service/repeats';
import { ask } from '../service/sendRequest';
import { noteId } from './requestIds';
import type { Idles } from '../service/sessions';
import { signal } from '../service/toTemporal';

type Accepted = Extract<StreamEvent, { kind: 'request' }>;

export async function post(node: NodeContext, req: Request, res: Response): Promise<void> {
  const message = messageOf(req.body);
  if (isJSONRPCRequest(message)) noteId(res, message);
  assertLimits(message);
  if (isJSONRPCRequest(message) && message.method === 'initialize')
    return openSession(node, req, res, message);
  assertProtocolVersion(req); // of `initialize`, the message itself says which it is
  await node.sessions.with(sessionIdOf(req), principalOf(req), async (tail, idles) => {
    if (!isJSONRPCRequest(message))
      return takeIn(node, res, tail, message as JSONRPCNotification | JSONRPCResponse);
    if (message.method !== 'ping' && !tail.initialized) await assertInitialized(tail, goneSignal(res));
    if (isAnsweredLocally(message)) return answerLocally(node, res, tail, message);
    await call(node, res, tail, message, idles);
  });
}

/** A notification or a response: durable when this returns. */
async function takeIn(
  node: NodeContext,
  res: Response,
  tail: Tail,
  message: ClientMessageSignal['message'],
): Promise<void> {
  await signal<ClientMessageSignal>(node, tail, CLIENT_MESSAGE_SIGNAL, { message });
  res.status(202).end();
}

/** Headers wait for the log: only it says whether the request is new, repeated or refused. */
async function call(
  node: NodeContext,
  res: Response,
  tail: Tail,
  message: JSONRPCRequest,
  idles: Idles,
): Promise<void> {
  const reader = readerOf(res);
  const postId = randomUUID();
  const looked = policyFor(node, tail, message);
  const policy = await Promise.race([looked, aborted(reader.gone)]);
  if (!policy) return void looked.then(discard, () => undefined);
  if (policy === 'none') return callLocally(node, res, tail, message);
  if ('lacking' in policy) return answerBy(node, res, tail, message, policy.lacking);
  const digest = digestOf(message);
  const live = tail.subscribe(streamOfRequest(message.id), reader);
  try {
    // A short call ends too soon for it to be worth a wake-up.
    const wakeAt = node.sessions.isCrowded && !policy.short ? node.wakeUps.taskQueue : undefined;
    await ask(node, tail, { message, policy, sentAt: Date.now(), postId, digest, wakeAt });
    const accepted = await findOwn(live, 'request', postId);
    if (!accepted) {
      if (tail.ended) throw sessionNotFound();
      return; // the client has gone; its request runs, and is answered when it asks again
    }
    const lastEventId = res.req.get('last-event-id');
    await assertMayJoin(node, tail, accepted, lastEventId);
    const position = beginningOf(accepted, lastEventId);
    const stream = streamOf(node, tail, live, accepted, { position, reader });
    const { protocolVersion } = tail.session;
    const answer = {
      sessionId: tail.sessionId,
      stream: accepted.stream,
      position,
      protocolVersion,
      own: postId,
    };
    const events = wakeAt === undefined ? stream : pauseUntilTakenOver(stream, idles, answer);
    await (node.jsonResponses
      ? node.connections.sendJson(res, events, answer)
      : node.connections.sendEvents(res, events, answer));
  } finally {
    live.close();
  }
}

/** The stream of an accepted request: from now on if it is new, from `position` on if it was asked before. */
function streamOf(
  node: NodeContext,
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
      return resume(node.client, tail, { ...position, stream }, reader, postId);
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
