/** The JSON-RPC errors that the product itself answers with. Some of them stand in histories. Part of the workflow bundle. */
import type { JSONRPCErrorResponse, RequestId } from './messages';

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

export const errorResponse = (id: RequestId, code: number, message: string): JSONRPCErrorResponse => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});
