/**
 * Length limits for the texts of a message that code other than its handler reads. Templates and patterns are
 * matched against these texts, and activities, search attributes and metrics contain them. Arguments and
 * `_meta` go to the handler alone; only the limit of the body applies to them.
 */
import { Refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import type { JSONRPCMessage } from '../mcp/protocol';

/** In UTF-8: method, names, versions and levels. */
const MAXIMUM_NAME_BYTES = 256;
/** In UTF-8: URIs and cursors. */
const MAXIMUM_URI_BYTES = 2_000;
/**
 * No notification of MCP is this large, and nobody waits for one: a larger notification would only lengthen
 * the session's log.
 */
const MAXIMUM_NOTIFICATION_BYTES = 64_000;

/** Paths in `params`. */
const NAMES = [
  ['name'],
  ['ref', 'name'],
  ['argument', 'name'],
  ['protocolVersion'],
  ['clientInfo', 'name'],
  ['clientInfo', 'version'],
  ['level'],
  ['logger'],
];
const URIS = [['uri'], ['ref', 'uri'], ['cursor']];
const NEEDED = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['resources/subscribe', 'uri'],
  ['resources/unsubscribe', 'uri'],
]);

/** `bytes` is the size of the whole message. @throws Refusal 400, 413 */
export function assertSizes(message: JSONRPCMessage, bytes: number): void {
  if (!('method' in message)) return;
  const { method, params } = message;
  if (isLonger(method, MAXIMUM_NAME_BYTES))
    throw new Refusal(400, RpcCode.invalidRequest, `The method has more than ${MAXIMUM_NAME_BYTES} bytes.`);
  if (!('id' in message) && bytes > MAXIMUM_NOTIFICATION_BYTES) {
    const text = `The notification has more than ${MAXIMUM_NOTIFICATION_BYTES} bytes; say large things in a request.`;
    throw new Refusal(413, RpcCode.invalidRequest, text);
  }
  const needed = NEEDED.get(method);
  if (needed !== undefined && typeof at(params, [needed]) !== 'string')
    throw invalidParams(`The request ${method} needs params.${needed}, a text.`);
  for (const [paths, most] of [
    [NAMES, MAXIMUM_NAME_BYTES],
    [URIS, MAXIMUM_URI_BYTES],
  ] as const) {
    const long = paths.find((path) => isLonger(at(params, path), most));
    if (long)
      throw invalidParams(
        `The params.${long.join('.')} of ${method} has more bytes than ${most}, which are the limit.`,
      );
  }
}

const invalidParams = (text: string): Refusal => new Refusal(400, RpcCode.invalidParams, text);

const isLonger = (value: unknown, bytes: number): boolean =>
  typeof value === 'string' && Buffer.byteLength(value) > bytes;

const at = (params: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (value as Partial<Record<string, unknown>> | undefined | null)?.[key],
    params,
  );
