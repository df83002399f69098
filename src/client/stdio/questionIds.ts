/**
 * The ids of the server's questions. Each process of a server counts its own from 0, so the next process asks
 * another question by the same id, and must not get the answer to the one before.
 */
import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '../../wire/messages';
import { isRequest } from '../core/jsonRpc';

/** The message with an id that no other process's question has. */
export function questionOf(
  generation: number,
  message: JSONRPCRequest | JSONRPCNotification,
): JSONRPCMessage {
  if (isRequest(message)) return { ...message, id: unique(generation, message.id) };
  const requestId = message.params?.requestId as RequestId | undefined;
  if (message.method !== 'notifications/cancelled' || requestId === undefined) return message;
  return { ...message, params: { ...message.params, requestId: unique(generation, requestId) } };
}

/** The answer with the server's own id; `undefined` if the process that asked is gone. */
export function answerTo(
  generation: number,
  answer: JSONRPCResponse & { readonly id: RequestId },
): JSONRPCResponse | undefined {
  const [asked, ...id] = String(answer.id).split(' ');
  return Number(asked) === generation ? { ...answer, id: JSON.parse(id.join(' ')) as RequestId } : undefined;
}

/** A text and a number are different ids. */
const unique = (generation: number, id: RequestId): string => `${generation} ${JSON.stringify(id)}`;
