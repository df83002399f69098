/**
 * What a server may tell a client of its lists: only what it declared when the session was opened (specification 2025-11-25,
 * lifecycle, "Operation"). The SDK sees to it in handlers; this is for what comes from outside of them.
 */
import type { InitializeResult, JSONRPCMessage } from './mcp';

const LIST_CHANGED = /^notifications\/(tools|prompts|resources)\/list_changed$/;

/** Whether the session's client was told that such a message may come. */
export function isDeclared(message: JSONRPCMessage, { capabilities }: InitializeResult): boolean {
  const [, list] = ('method' in message && LIST_CHANGED.exec(message.method)) || [];
  return list === undefined || capabilities[list as 'tools' | 'prompts' | 'resources']?.listChanged === true;
}
