/**
 * Keeps values from Temporal that it cannot store: such a result becomes an error of its own call, never of the
 * session.
 */
import { jsonBytes } from '../src/wire/bytes';
import { RpcCode, errorResponse } from '../src/wire/rpcErrors';
import type { JSONRPCRequest, JSONRPCResponse } from '../src/mcp/protocol';

/** Temporal limits a payload to 2 MiB (`limit.blobSize.error`); the rest is for its envelope. */
export const MAXIMUM_STORED_BYTES = 2_000_000;

/** The response, or an error response that says why it cannot be stored. */
export function storable(request: JSONRPCRequest, response: JSONRPCResponse): JSONRPCResponse {
  const problem = whyNotStorable(response);
  if (!problem) return response;
  return errorResponse(
    request.id,
    RpcCode.internalError,
    `The result of ${request.method} cannot be stored: ${problem}.`,
  );
}

export function whyNotStorable(value: unknown): string | undefined {
  try {
    const bytes = jsonBytes(value);
    if (bytes <= MAXIMUM_STORED_BYTES) return undefined;
    return `it has ${bytes} bytes as JSON and ${MAXIMUM_STORED_BYTES} are the limit; return a link to it instead`;
  } catch (error) {
    return `it is not JSON (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
  }
}
