/** The kinds of JSON-RPC messages, told apart as strictly as JSON-RPC 2.0 does. */
import type {
  JSONRPCErrorResponse,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
} from '../../wire/messages';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isId = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

export const isRequest = (message: JSONRPCMessage): message is JSONRPCRequest =>
  'method' in message && 'id' in message;

export const isNotification = (message: JSONRPCMessage): message is JSONRPCNotification =>
  'method' in message && !('id' in message);

/** A response that names its request; only an error can lack the name. */
export const isResponse = (message: JSONRPCMessage): message is JSONRPCResponse & { id: string | number } =>
  !('method' in message) && isId(message.id);

export const isErrorResponse = (message: JSONRPCMessage): message is JSONRPCErrorResponse =>
  'error' in message;

/** `undefined` for what is no JSON-RPC message. */
export function asMessage(value: unknown): JSONRPCMessage | undefined {
  if (!isObject(value) || value.jsonrpc !== '2.0') return undefined;
  const { id, method, result, error } = value;
  const fits =
    typeof method === 'string'
      ? id === undefined || isId(id)
      : isObject(result)
        ? isId(id)
        : isObject(error) && typeof error.code === 'number' && typeof error.message === 'string';
  return fits ? (value as unknown as JSONRPCMessage) : undefined;
}

/** `undefined` for a text that is no JSON, or no JSON-RPC message. */
export function parseMessage(text: string): JSONRPCMessage | undefined {
  try {
    return asMessage(JSON.parse(text));
  } catch {
    return undefined;
  }
}
