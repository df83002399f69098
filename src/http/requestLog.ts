/** Logs one line at `debug` for each answered request; for a stream, when it ends. */
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { MOST_LOGGED_CHARS } from '../service/openSession';

export const logRequests =
  (log: Logger): RequestHandler =>
  (req, res, next) => {
    if (!log.isLevelEnabled('debug')) return void next();
    const began = performance.now();
    res.once('close', () => {
      const { method: rpc, id } = (req.body ?? {}) as { method?: unknown; id?: unknown };
      log.debug(
        {
          session: cut(req.get('mcp-session-id') ?? res.get('mcp-session-id')),
          method: req.method,
          rpc: cut(rpc),
          request: cut(id),
          status: res.statusCode,
          answered: res.writableFinished,
          ms: Math.round(performance.now() - began),
        },
        'request',
      );
    });
    next();
  };

const cut = (value: unknown): unknown =>
  typeof value === 'string'
    ? value.slice(0, MOST_LOGGED_CHARS)
    : typeof value === 'number'
      ? value
      : undefined;
