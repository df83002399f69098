/**
 * The body of a POST, as JSON. What of bodies is on its way at once is bounded for the whole node: who sends all but the last byte of many
 * would else fill its memory until Node's own time for a request, 5 minutes, is over. (`unfinishedBodies.test.ts`)
 */
import { isUtf8 } from 'node:buffer';
import express, { type RequestHandler } from 'express';
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { MAXIMUM_BODY_BYTES, tooLarge } from './guards';

/** Beyond, the body that has been coming for longest is refused: one that is sent without a pause is there long before its turn. */
const MAXIMUM_COMING_BYTES = 64_000_000;
/** A client that is told that its message is too large, and goes on with it, is cut off here. Earlier, it might not read what it is told. */
const MAXIMUM_READ_BYTES = 32_000_000;

interface Coming {
  /** What has come of it, also after it was refused. */
  bytes: number;
  readonly refuse: (error: Refusal) => void;
}

const parseBody = express.json({
  limit: MAXIMUM_BODY_BYTES,
  strict: false,
  type: () => true,
  verify: assertUtf8,
});

/** The parser's own errors are the client's. Those of an app can look the same: `status` and `type` are common names. */
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

/** Express would put U+FFFD in the place of what it cannot read, or read UTF-16. */
function assertUtf8(_req: unknown, _res: unknown, body: Buffer, encoding: string): void {
  if (encoding !== 'utf-8' || !isUtf8(body)) throw new Error('The body is not UTF-8.');
}

/** What express's body parser throws: https://www.npmjs.com/package/body-parser#errors */
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
