/**
 * A hash of a request's content, kept in the log: two requests with one id and one digest are the same
 * request.
 */
import { createHash } from 'node:crypto';
import type { JSONRPCRequest } from '../mcp/protocol';

/** Trace context in `_meta` (W3C Trace Context, Baggage). A client that repeats a request sets it anew. */
const OF_TRACES = ['traceparent', 'tracestate', 'baggage'];

export const digestOf = ({ method, params }: JSONRPCRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([method, params && withoutTraces(params)]))
    .digest('base64');

/**
 * Returns the same object if there is nothing to remove, since the digests of earlier versions are in logs.
 */
function withoutTraces(params: NonNullable<JSONRPCRequest['params']>): object {
  const meta = params._meta ?? {};
  if (!OF_TRACES.some((key) => key in meta)) return params;
  const kept = Object.entries(meta).filter(([key]) => !OF_TRACES.includes(key));
  return { ...params, _meta: kept.length > 0 ? Object.fromEntries(kept) : undefined };
}
