/**
 * CORS: a browser asks before it sends a page's request, and lets the page read only what the answer allows.
 */
import type { RequestHandler } from 'express';

/** The methods of the MCP endpoint. */
export const METHODS = 'GET, POST, DELETE';
/**
 * The transport's headers (specification 2025-11-25, transports), and those that a proxy before the node may
 * need.
 */
const HEADERS = 'Accept, Authorization, Content-Type, Last-Event-ID, Mcp-Protocol-Version, Mcp-Session-Id';
/** A list of header names. */
const FURTHER = /^[\w!#$%&'*+.^`|~-]+(\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
const MOST_BYTES = 2_000;
const MAX_AGE_S = '86400';

/**
 * Answers the CORS protocol (Fetch standard) for pages of every origin. `guardPeers`, which follows, refuses
 * requests from other origins: a page can read that refusal, but could not read a refused preflight.
 * (`webPages.test.ts`)
 */
export const showToPages: RequestHandler = (req, res, next) => {
  const { origin } = req.headers;
  if (origin === undefined) return next();
  res.set({
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Mcp-Session-Id, WWW-Authenticate',
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
