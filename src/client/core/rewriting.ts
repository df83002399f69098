/**
 * What a client's request becomes on the wire. Callers of any SDK can say two things about a call in its
 * `_meta`, which the server does not get to see.
 */
import type { JSONRPCRequest } from '../../wire/messages';

/** The caller's name of a call: after a restart, the same key joins the call, or returns its kept answer. */
export const KEY = 'durable-mcp/key';
/** `true`: the call may be sent twice, whatever the server says of its tool. */
export const IDEMPOTENT = 'durable-mcp/idempotent';
/** The request's id on the wire, by `nextId()` of the transport. */
export const ID = 'durable-mcp/id';

const READING = new Set([
  'ping',
  'tools/list',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
  'logging/setLevel',
]);

export interface Taken {
  readonly plain: JSONRPCRequest;
  readonly key: string | undefined;
  readonly id: string | undefined;
  readonly idempotent: boolean;
}

export function takeMeta(message: JSONRPCRequest): Taken {
  const { [KEY]: key, [IDEMPOTENT]: said, [ID]: id, ...meta } = message.params?._meta ?? {};
  const idempotent = said === true || READING.has(message.method);
  if (key === undefined && said === undefined && id === undefined)
    return { plain: message, key: undefined, id: undefined, idempotent };
  const { _meta, ...params } = message.params ?? {};
  const plain = { ...message, params: Object.keys(meta).length > 0 ? { ...params, _meta: meta } : params };
  return { plain, key: text(key), id: text(id), idempotent };
}

const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));

/** With `id` as the request's id and as its progress token, if it has one. */
export function withWireIds(message: JSONRPCRequest, id: string): JSONRPCRequest {
  const { params } = message;
  if (params?._meta?.progressToken === undefined) return { ...message, id };
  return { ...message, id, params: { ...params, _meta: { ...params._meta, progressToken: id } } };
}
