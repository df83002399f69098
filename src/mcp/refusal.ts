/**
 * The refusal of a request before it becomes a call: a JSON-RPC error, and the HTTP status that carries it.
 */
import type { RequestId } from '../wire/messages';
import { RpcCode } from '../wire/rpcErrors';

/** `message` is one sentence: what happened, to what, and what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

/** The body of a refusal. `id` is the request's id, if it could be read (JSON-RPC 2.0, section 5). */
export const refusal = (code: number, message: string, id: RequestId | null = null) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});

export const sessionNotFound = (): Refusal =>
  new Refusal(
    404,
    RpcCode.sessionNotFound,
    'The session does not exist or has ended; open a new one with initialize.',
  );

export const isSessionNotFound = (error: unknown): boolean =>
  error instanceof Refusal && error.code === RpcCode.sessionNotFound;
