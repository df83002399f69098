/**
 * Pagination of lists (specification 2025-11-25, server/utilities/pagination). The SDK's `McpServer` answers
 * with whole lists and ignores cursors, so lists are cut into pages here. A cursor contains its place, so any
 * node can continue. Authors who paginate themselves keep their pages and cursors.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod/v4';
import { jsonBytes } from '../wire/bytes';
import { RpcCode, errorResponse } from '../wire/rpcErrors';
import type { JSONRPCRequest, JSONRPCResponse } from './protocol';

/**
 * Bytes of a page's items as JSON. Bytes rather than items, since the official client's `listTools()` reads
 * one page only, and most servers fit on one.
 */
const PAGE_BYTES = 500_000;

/** For each list: the result's property with the items, and the property that identifies an item. */
const LISTS: Partial<Record<string, { items: string; key: string }>> = {
  'tools/list': { items: 'tools', key: 'name' },
  'prompts/list': { items: 'prompts', key: 'name' },
  'resources/list': { items: 'resources', key: 'uri' },
  'resources/templates/list': { items: 'resourceTemplates', key: 'uriTemplate' },
};

/** The last item of the previous page: its digest and its index. */
const Cursor = z.strictObject({
  list: z.string(),
  last: z.string(),
  at: z.number().int().nonnegative(),
});
type Cursor = z.infer<typeof Cursor>;

/** Answers a request with `ask` and, for a list, cuts out the requested page. */
export async function askForPage(
  ask: (message: JSONRPCRequest) => Promise<JSONRPCResponse>,
  message: JSONRPCRequest,
): Promise<JSONRPCResponse> {
  const list = LISTS[message.method];
  if (!list) return ask(message);
  const { cursor, ...params } = message.params ?? {};
  const first = await ask({ ...message, params });
  if ('error' in first) return first;
  const place = parseCursor(cursor, message.method);
  if (first.result.nextCursor !== undefined && !place) return cursor === undefined ? first : ask(message);
  if (cursor !== undefined && !place) return neverIssued(message);

  const items: unknown = first.result[list.items];
  if (!Array.isArray(items)) return first;
  const digests = items.map((item: Record<string, unknown>) => digestOf(item[list.key]));
  const from = place ? startAfter(place, digests) : 0;
  const to = endOfPage(items, from);
  const result = { ...first.result, [list.items]: items.slice(from, to) };
  if (to >= items.length) return { ...first, result };
  const next: Cursor = { list: message.method, last: digests[to - 1] ?? '', at: to - 1 };
  return { ...first, result: { ...result, nextCursor: formatCursor(next) } };
}

/** A page has at least one item, however large. */
function endOfPage(items: unknown[], from: number): number {
  let bytes = 0;
  let to = from;
  for (; to < items.length; to++) {
    bytes += jsonBytes(items[to]);
    if (bytes > PAGE_BYTES && to > from) break;
  }
  return to;
}

/** If the list has changed in between: after the same item or, if that is gone, from its index on. */
function startAfter({ last, at }: Cursor, digests: string[]): number {
  const index = digests.indexOf(last);
  return index < 0 ? at : index + 1;
}

const digestOf = (key: unknown): string =>
  createHash('sha256').update(String(key)).digest('base64url').slice(0, 16);

const formatCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');

/** `undefined` for a text that no node can have issued for this list. */
function parseCursor(text: unknown, list: string): Cursor | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const cursor = Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return cursor.list === list && formatCursor(cursor) === text ? cursor : undefined;
  } catch {
    return undefined;
  }
}

const neverIssued = ({ id, method }: JSONRPCRequest): JSONRPCResponse =>
  errorResponse(
    id,
    RpcCode.invalidParams,
    `The cursor was not issued for ${method}; ask without a cursor for the first page.`,
  );
