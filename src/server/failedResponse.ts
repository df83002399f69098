/** What a client is answered for a handler that failed beside the SDK, which answers for what a handler throws: the same. */
import { RpcCode, errorResponse } from '../protocol/errors';
import type { JSONRPCRequest, JSONRPCResponse } from '../protocol/mcp';

export function failedResponse({ id, method }: JSONRPCRequest, text: string): JSONRPCResponse {
  if (method !== 'tools/call') return errorResponse(id, RpcCode.internalError, text);
  return { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }], isError: true } };
}
