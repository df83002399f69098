/**
 * A server may send `list_changed` only for lists that it declared when the session was opened (specification
 * 2025-11-25, lifecycle, "Operation"). The SDK ensures this in handlers; this file does for messages from
 * elsewhere.
 */
import type { InitializeResult, JSONRPCMessage } from './protocol';

const LIST_CHANGED = /^notifications\/(tools|prompts|resources)\/list_changed$/;

/** Whether the server declared such messages to the session's client. */
export function isDeclared(message: JSONRPCMessage, { capabilities }: InitializeResult): boolean {
  const [, list] = ('method' in message && LIST_CHANGED.exec(message.method)) || [];
  const declared =
    list === undefined ? undefined : (capabilities[list] as { listChanged?: unknown } | undefined);
  return list === undefined || declared?.listChanged === true;
}
