/**
 * How fast one client may send: what it sends beyond waits before it is read, so that one that sends at full speed does not take the processor
 * from all others. By the session that a request names, or the peer that names none. (`npm run hostile`)
 */
import type { RequestHandler } from 'express';
import { Pace } from '../shared/pace';
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { callerOf } from './context';
import { goneSignal } from './httpConnection';
import { MAXIMUM_BODY_BYTES } from './guards';

const BURST_BYTES = 32_000_000;
const BYTES_PER_SECOND = 8_000_000;
/** What a request costs beside its body; one that opens a session costs a workflow. */
const REQUEST_BYTES = 16_000;
const OPENING_BYTES = 256_000;

/** Who does not read may go unnoticed, so its turns are never given back: those who come with the same key must not wait for more than this. */
const LONGEST_WAIT_MS = 30_000;

export function paceInput(): RequestHandler {
  const pace = new Pace(BURST_BYTES, BYTES_PER_SECOND);
  return async (req, res, next) => {
    const sessionId = req.get('mcp-session-id');
    const length = Math.min(Number(req.get('content-length') ?? MAXIMUM_BODY_BYTES), MAXIMUM_BODY_BYTES);
    const cost = sessionId === undefined ? OPENING_BYTES : REQUEST_BYTES;
    const key = sessionId ?? callerOf(req).peer;
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
