/** A request that is refused before it becomes a call: the JSON-RPC error that its client gets, and the HTTP status that carries it. */
import type { RequestId } from '../wire/messages';
import { RpcCode } from '../wire/rpcErrors';

/** A request that is refused before it becomes a call. `message` is one sentence: what happened, to what, what to do. */
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

/** The body of a refusal. `id`: that of the request, where it could be read (JSON-RPC 2.0, section 5). */
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
