/** The JSON-RPC errors of the product itself. Some of them are in histories. Part of the workflow bundle. */
import type { JSONRPCErrorResponse, RequestId } from './messages';

/** JSON-RPC codes; -32000 to -32099 are the implementation's own (JSON-RPC 2.0, section 5.1). */
export const RpcCode = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** For a request to the client: the SDK's own code for a timeout. */
  requestTimeout: -32001,
  /** A rule of the transport was broken: a header, a method, an origin. */
  badTransport: -32000,
  sessionNotFound: -32001,
  /** Temporal cannot be reached. Nothing was lost; the client can repeat the request. */
  unavailable: -32003,
  /**
   * The client exceeds its share of something, such as a session's messages or the open sessions; later it
   * can repeat the request.
   */
  tooMuch: -32004,
} as const;

/**
 * A server's answer for a URI that it does not have (specification 2025-11-25, resources, "Error Handling").
 */
export const RESOURCE_NOT_FOUND = -32002;

export const errorResponse = (id: RequestId, code: number, message: string): JSONRPCErrorResponse => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});
