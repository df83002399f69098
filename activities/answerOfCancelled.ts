/** The answer of a call that was cancelled before it began: its handler never runs. */
import type { CallInput } from '../src/wire/call';
import type { JSONRPCResponse } from '../src/wire/messages';
import { RpcCode, errorResponse } from '../src/wire/rpcErrors';

/** `undefined` if the call is not cancelled, or has begun and may have something to undo. */
export function answerOfCancelled({ cancelled, before, message }: CallInput): JSONRPCResponse | undefined {
  return cancelled && !before
    ? errorResponse(message.id, RpcCode.requestTimeout, cancelled.reason)
    : undefined;
}
