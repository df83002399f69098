/**
 * What clients may learn of an app's failure. An error of the app is for the operator: its text may contain a
 * secret.
 */
import type { JSONRPCErrorResponse, JSONRPCRequest } from '../wire/messages';
import { RpcCode, errorResponse } from '../wire/rpcErrors';

/** A fault of the app in this product's own words, which clients may read. */
export class AppFault extends Error {}

/** The response to a request whose app failed outside of the request's handler. The caller logs the error. */
export function appFailedResponse(
  { id, method }: JSONRPCRequest,
  could: 'answer' | 'handle',
  error: unknown,
): JSONRPCErrorResponse {
  const what = `The server could not ${could} ${method}`;
  const why = error instanceof AppFault ? `: ${error.message}` : `; the server's log says why.`;
  return errorResponse(id, RpcCode.internalError, what + why);
}
