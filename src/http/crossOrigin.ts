/** Web pages: a browser asks before it sends what a page says, and shows the page only what it is told to. */
import type { RequestHandler } from 'express';

/** Of the MCP endpoint. */
export const METHODS = 'GET, POST, DELETE';
/** Those of the transport (specification 2025-11-25, transports), and what a proxy before the node may ask for. */
const HEADERS = 'Accept, Authorization, Content-Type, Last-Event-ID, Mcp-Protocol-Version, Mcp-Session-Id';
/** Names of headers, as many as a page can have a use for. */
const FURTHER = /^[\w!#$%&'*+.^`|~-]+(\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
const MOST_BYTES = 2_000;
const MAX_AGE_S = '86400';

/**
 * The CORS protocol (Fetch standard), for every page: `guardPeers` comes after it, and refuses what a page of another origin sends. The page
 * can read that refusal, which it could not if it were the preflight that is refused. (`webPages.test.ts`)
 */
export const showToPages: RequestHandler = (req, res, next) => {
  const { origin } = req.headers;
  if (origin === undefined) return next();
  res.set({
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Mcp-Session-Id',
  });
  if (req.method !== 'OPTIONS' || req.get('access-control-request-method') === undefined) return next();
  const asked = req.get('access-control-request-headers') ?? '';
  const isFurther = asked.length <= MOST_BYTES && FURTHER.test(asked);
  res.set({
    'Access-Control-Allow-Methods': METHODS,
    'Access-Control-Allow-Headers': isFurther ? `${HEADERS}, ${asked}` : HEADERS,
    'Access-Control-Max-Age': MAX_AGE_S,
  });
  res.status(204).end();
};
