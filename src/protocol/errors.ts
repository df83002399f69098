/** The JSON-RPC errors that the product itself answers with, each with the HTTP status that carries it. */
import type { JSONRPCErrorResponse, RequestId } from './mcp';

/** JSON-RPC codes; -32000 to -32099 are the implementation's own (JSON-RPC 2.0, section 5.1). */
export const RpcCode = {
  parseError: -32700,
  invalidRequest: -32600,
  invalidParams: -32602,
  internalError: -32603,
  /** Of a request to the client: the SDK's own code for it. */
  requestTimeout: -32001,
  /** The transport's rules were not kept: a header, a method, an origin. */
  badTransport: -32000,
  sessionNotFound: -32001,
  /** Temporal cannot be reached: nothing was lost, ask again. */
  unavailable: -32003,
  /** More than one client may have of something that others share: messages of a session, open sessions. Later there is room. */
  tooMuch: -32004,
} as const;

/** What a server answers for a URI that it does not have (specification 2025-11-25, resources, "Error Handling"). */
export const RESOURCE_NOT_FOUND = -32002;

/** A request that is refused before it becomes a call. `message` is one sentence: what happened, to what, what to do. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

export const errorResponse = (id: RequestId, code: number, message: string): JSONRPCErrorResponse => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});

/** The body of a refusal. `id`: that of the request, where it could be read (JSON-RPC 2.0, section 5). */
export const refusal = (code: number, message: string, id: RequestId | null = null) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});

export const sessionNotFound = (): HttpError =>
  new HttpError(
    404,
    RpcCode.sessionNotFound,
    'The session does not exist or has ended; open a new one with initialize.',
  );

export const isSessionNotFound = (error: unknown): boolean =>
  error instanceof HttpError && error.code === RpcCode.sessionNotFound;
