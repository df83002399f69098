/** How the product itself says that a call has failed. A tool's result can say it (specification 2025-11-25, tools, "Error Handling"); other requests get an error. */
import { RpcCode, errorResponse } from '../wire/rpcErrors';
import type { CallToolResult, JSONRPCRequest, JSONRPCResponse } from './protocol';

export function failedAnswer({ id, method }: JSONRPCRequest, text: string): JSONRPCResponse {
  if (method !== 'tools/call') return errorResponse(id, RpcCode.internalError, text);
  const result: CallToolResult = { content: [{ type: 'text', text }], isError: true };
  return { jsonrpc: '2.0', id, result };
}

/** For such a text: what was called. */
export function callOf({ method, params }: JSONRPCRequest): string {
  const name: unknown = params?.name;
  return `The call of ${typeof name === 'string' ? name : method}`;
}
