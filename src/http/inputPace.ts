/**
 * Limits how fast one client may send. Input beyond the limit waits before it is read, so that one client at
 * full speed does not take the processor from all others. The key is the request's session or, without a
 * session, the peer. With authorization it is the peer too: nobody uses up the pace of another's session.
 * (`npm run hostile`)
 */
import type { RequestHandler } from 'express';
import { Pace } from '../shared/pace';
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import type { Authentication } from '../auth/authentication';
import { callerOf } from './authorize';
import { goneSignal } from './httpConnection';
import { MAXIMUM_BODY_BYTES } from './guards';

const BURST_BYTES = 32_000_000;
const BYTES_PER_SECOND = 8_000_000;
/** Cost of a request beside its body. A request that opens a session also starts a workflow. */
const REQUEST_BYTES = 16_000;
const OPENING_BYTES = 256_000;

/**
 * A request that would wait longer is refused with 429. The node does not always notice that a waiting client
 * has left; the input that such a client has reserved is never given back, and without this bound later
 * requests with the same key would wait for it.
 */
const LONGEST_WAIT_MS = 30_000;

export function paceInput(authentication: Authentication | undefined): RequestHandler {
  const pace = new Pace(BURST_BYTES, BYTES_PER_SECOND);
  return async (req, res, next) => {
    const sessionId = req.get('mcp-session-id');
    const length = Math.min(Number(req.get('content-length') ?? MAXIMUM_BODY_BYTES), MAXIMUM_BODY_BYTES);
    const cost = sessionId === undefined ? OPENING_BYTES : REQUEST_BYTES;
    const { peer, auth } = callerOf(req, authentication);
    const key = sessionId === undefined ? peer : auth ? `${peer} ${sessionId}` : sessionId;
    const waitMs = pace.waitMs(key, length + cost);
    if (waitMs > LONGEST_WAIT_MS) throw tooFast(waitMs);
    const gone = goneSignal(res);
    await pace.take(key, length + cost, gone).catch((error: unknown) => {
      if (!gone.aborted) throw error;
    });
    if (!gone.aborted) next();
  };
}

const tooFast = (waitMs: number): Refusal =>
  new Refusal(
    429,
    RpcCode.tooMuch,
    'The client has sent more than can be read within half a minute; send this again later.',
    { 'Retry-After': String(Math.ceil((waitMs - LONGEST_WAIT_MS) / 1_000)), Connection: 'close' },
  );
