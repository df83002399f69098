/** Web pages that may connect: a browser asks before it sends what a page says, and shows the page only what it is told to. */
import type { RequestHandler } from 'express';

/** Of the MCP endpoint. */
export const METHODS = 'GET, POST, DELETE';
/** Those of the transport (specification 2025-11-25, transports), and what a proxy before the node may ask for. */
const HEADERS = 'Accept, Authorization, Content-Type, Last-Event-ID, Mcp-Protocol-Version, Mcp-Session-Id';
const MAX_AGE_S = '86400';

/** The CORS protocol (Fetch standard) for whom `guardPeers` has let pass. */
export const admitPages: RequestHandler = (req, res, next) => {
  const { origin } = req.headers;
  if (origin === undefined) return next();
  res.set({
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Mcp-Session-Id',
  });
  if (req.method !== 'OPTIONS' || req.get('access-control-request-method') === undefined) return next();
  res.set({
    'Access-Control-Allow-Methods': METHODS,
    'Access-Control-Allow-Headers': HEADERS,
    'Access-Control-Max-Age': MAX_AGE_S,
  });
  res.status(204).end();
};
