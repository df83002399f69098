/** What makes two requests with one id the same: their content, as a hash that stands in the log. */
import { createHash } from 'node:crypto';
import type { JSONRPCRequest } from '../mcp/protocol';

/** Where a request stands in a trace (W3C Trace Context, Baggage): written anew by whoever sends it again. */
const OF_TRACES = ['traceparent', 'tracestate', 'baggage'];

export const digestOf = ({ method, params }: JSONRPCRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([method, params && withoutTraces(params)]))
    .digest('base64');

/** The same object where there is nothing to leave out: digests of earlier versions stand in logs. */
function withoutTraces(params: NonNullable<JSONRPCRequest['params']>): object {
  const meta = params._meta ?? {};
  if (!OF_TRACES.some((key) => key in meta)) return params;
  const kept = Object.entries(meta).filter(([key]) => !OF_TRACES.includes(key));
  return { ...params, _meta: kept.length > 0 ? Object.fromEntries(kept) : undefined };
}
