/**
 * Requests with an id that the session has had. Id and content alone cannot tell a repetition, whose answer
 * was lost, from a new request of a client that restores a stored session and counts from 0 again. Such a new
 * request must not get the answer of the old one.
 */
import { endOfRequest } from '../log/endOfRequest';
import { isNotFound } from '../log/end';
import type { StreamEvent } from '../log/streamEvent';
import type { Tail } from '../log/tail';
import { Refusal } from '../mcp/refusal';
import { hasUniqueIds } from '../wire/extension';
import { RpcCode } from '../wire/rpcErrors';
import { parseEventId, type Position } from '../wire/eventId';
import type { ServiceContext } from './context';

type Accepted = Extract<StreamEvent, { kind: 'request' }>;

/** A client that lost an answer repeats its request within this time, measured by the times in the log. */
const SOON_MS = 60_000;

/**
 * The place before everything that the stream of an accepted request says, for its priming event. For a
 * repetition this is not the place of the repeated request: the answer may be between the two.
 * (`repeatedRequest.test.ts`)
 */
export function beginningOf(accepted: Accepted, lastEventId?: string): Position {
  const { run, event, part, verdict } = accepted;
  if (verdict.kind !== 'repeat') return { run, event, part };
  return placeIn(accepted, lastEventId) ?? { run: verdict.run, event: 1, part: 0 };
}

/**
 * Lets a repetition join its call while the call runs. After the call has ended, a repetition needs one of:
 * it comes soon after the answer, this node knows the answer to be unread, it carries an event id of the
 * stream, which no other client has, or the client says that its ids never come again. @throws Refusal 400
 */
export async function assertMayJoin(
  { client, unread }: ServiceContext,
  { ref, session }: Tail,
  accepted: Accepted,
  lastEventId: string | undefined,
): Promise<void> {
  if (accepted.verdict.kind !== 'repeat' || placeIn(accepted, lastEventId)) return;
  const { time, stream, postId } = accepted;
  const { run } = accepted.verdict;
  const end = await endOfRequest(client, ref, { run, stream, postId }).catch((error: unknown) => {
    throw isNotFound(error) ? wasAnswered() : error;
  });
  const isSoon = !end || time.getTime() - end.time.getTime() <= SOON_MS;
  if (isSoon || hasUniqueIds(session.capabilities)) return;
  if (!unread.isUnread({ sessionId: session.id, stream }, end.posts)) throw wasAnswered();
}

function placeIn({ stream }: Accepted, lastEventId: string | undefined): Position | undefined {
  const from = lastEventId === undefined ? undefined : parseEventId(lastEventId);
  return from?.stream === stream ? from.position : undefined;
}

const wasAnswered = (): Refusal =>
  new Refusal(
    400,
    RpcCode.invalidRequest,
    `The id was used by a request of this session that was answered more than ${SOON_MS / 1_000} s ago; use ids that the session has not had (open a new session, or go on counting), or name the Last-Event-ID to have an answer that was lost.`,
  );
