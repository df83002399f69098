/**
 * Who asks again under an id that the session has had. Id and content alone do not tell whether that is the same request, whose answer was
 * lost, or a new one of a client that takes a stored session up and counts from 0 again. The second must not be given an answer from before.
 */
import { endOfRequest } from '../log/endOfRequest';
import { isNotFound } from '../log/end';
import type { StreamEvent } from '../log/streamEvent';
import type { Tail } from '../log/tail';
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { parseEventId, type Position } from '../wire/eventId';
import type { ServiceContext } from './context';

type Accepted = Extract<StreamEvent, { kind: 'request' }>;

/** After so long, by the log's own times, a client that has lost an answer has asked again. */
const SOON_MS = 60_000;

/**
 * Before all that the stream of an accepted request says: what its priming event is to name. Where it was asked before, that is not where
 * it is asked again: the answer may stand between the two. (`repeatedRequest.test.ts`)
 */
export function beginningOf(accepted: Accepted, lastEventId?: string): Position {
  const { run, event, part, verdict } = accepted;
  if (verdict.kind !== 'repeat') return { run, event, part };
  return placeIn(accepted, lastEventId) ?? { run: verdict.run, event: 1, part: 0 };
}

/**
 * A repetition joins its call while that runs; one that has ended, soon after, while this node knows the answer to be unread, or with an event
 * id of its stream, which nobody else has. @throws Refusal 400
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
  if (!end || time.getTime() - end.time.getTime() <= SOON_MS) return;
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
