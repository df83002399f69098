/**
 * What a server may tell a client of its lists: only what it declared when the session was opened (specification 2025-11-25,
 * lifecycle, "Operation"). The SDK sees to it in handlers; this is for what comes from outside of them.
 */
import type { InitializeResult, JSONRPCMessage } from './protocol';

const LIST_CHANGED = /^notifications\/(tools|prompts|resources)\/list_changed$/;

/** Whether the session's client was told that such a message may come. */
export function isDeclared(message: JSONRPCMessage, { capabilities }: InitializeResult): boolean {
  const [, list] = ('method' in message && LIST_CHANGED.exec(message.method)) || [];
  const declared =
    list === undefined ? undefined : (capabilities[list] as { listChanged?: unknown } | undefined);
  return list === undefined || declared?.listChanged === true;
}
