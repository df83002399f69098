/**
 * The product's own answer for a failed call: a tool result with `isError` (specification 2025-11-25, tools,
 * "Error Handling"), or an error for other requests.
 */
import { RpcCode, errorResponse } from '../wire/rpcErrors';
import type { CallToolResult, JSONRPCRequest, JSONRPCResponse } from './protocol';

export function failedAnswer({ id, method }: JSONRPCRequest, text: string): JSONRPCResponse {
  if (method !== 'tools/call') return errorResponse(id, RpcCode.internalError, text);
  const result: CallToolResult = { content: [{ type: 'text', text }], isError: true };
  return { jsonrpc: '2.0', id, result };
}

/** Names the call at the beginning of such a text. */
export function callOf({ method, params }: JSONRPCRequest): string {
  const name: unknown = params?.name;
  return `The call of ${typeof name === 'string' ? name : method}`;
}
