/**
 * Reads the body of a POST as JSON. The bytes of unfinished bodies are bounded for the whole node: a client
 * that sends many bodies without their last byte would otherwise fill the node's memory until Node's request
 * timeout of 5 minutes. (`unfinishedBodies.test.ts`)
 */
import { isUtf8 } from 'node:buffer';
import express, { type RequestHandler } from 'express';
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { MAXIMUM_BODY_BYTES, tooLarge } from './guards';

/**
 * Beyond this sum, the oldest unfinished body is refused. A body that is sent without pauses is complete long
 * before its turn.
 */
const MAXIMUM_COMING_BYTES = 64_000_000;
/**
 * A client that goes on sending a body that was refused as too large is cut off here. Cut off earlier, it
 * might not read the refusal.
 */
const MAXIMUM_READ_BYTES = 32_000_000;

interface Coming {
  /** Bytes received so far, also after the refusal. */
  bytes: number;
  readonly refuse: (error: Refusal) => void;
}

const parseBody = express.json({
  limit: MAXIMUM_BODY_BYTES,
  strict: false,
  type: () => true,
  verify: assertUtf8,
});

/**
 * Errors of the parser become refusals here, beside the parser: an app's errors can have the same common
 * fields, `status` and `type`.
 */
export function readBody(): RequestHandler {
  const coming = new Set<Coming>();
  let comingBytes = 0;

  const forget = (own: Coming) => {
    if (coming.delete(own)) comingBytes -= own.bytes;
  };

  function count(own: Coming, bytes: number): void {
    own.bytes += bytes;
    if (!coming.has(own)) return;
    comingBytes += bytes;
    if (own.bytes > MAXIMUM_BODY_BYTES) return own.refuse(tooLarge());
    const [oldest] = coming;
    if (comingBytes > MAXIMUM_COMING_BYTES) oldest?.refuse(tooSlow());
  }

  return (req, res, next) => {
    let isOver = false;
    const end = (error?: unknown) => {
      if (isOver) return;
      isOver = true;
      forget(own);
      next(error);
    };
    const own: Coming = { bytes: 0, refuse: end };
    coming.add(own);
    res.once('close', () => {
      forget(own);
    });
    req.on('data', (chunk: Buffer) => {
      count(own, chunk.length);
      if (own.bytes > MAXIMUM_READ_BYTES) req.destroy();
    });
    parseBody(req, res, (error: unknown) => {
      end(error === undefined ? undefined : (bodyError(error) ?? error));
    });
  };
}

/** Refuses a body that is not UTF-8: Express would replace unreadable bytes by U+FFFD, or read UTF-16. */
function assertUtf8(_req: unknown, _res: unknown, body: Buffer, encoding: string): void {
  if (encoding !== 'utf-8' || !isUtf8(body)) throw new Error('The body is not UTF-8.');
}

/** Errors of Express's body parser: https://www.npmjs.com/package/body-parser#errors */
function bodyError(error: unknown): Refusal | undefined {
  const { type, status } = error as { type?: unknown; status?: unknown };
  if (type === 'entity.parse.failed') return new Refusal(400, RpcCode.parseError, 'The body is not JSON.');
  if (type === 'entity.verify.failed') return new Refusal(400, RpcCode.parseError, 'The body is not UTF-8.');
  if (type === 'entity.too.large') return tooLarge();
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  return new Refusal(
    status,
    RpcCode.badTransport,
    error instanceof Error ? error.message : 'The request could not be read.',
  );
}

const tooSlow = (): Refusal =>
  new Refusal(
    408,
    RpcCode.tooMuch,
    'The body came too slowly, while the node was sent much by others; send the request again.',
    { Connection: 'close' },
  );
