/** One HTTP node. Nodes are stateless: any number of them can run behind any balancer. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import { Refusal, refusal } from '../mcp/refusal';
import { RpcCode, errorResponse } from '../wire/rpcErrors';
import { PROBE_MS, PROBE_PATHS, answerProbe } from '../shared/probes';
import { whyNotServing } from '../temporal/connect';
import type { Authentication } from '../auth/authentication';
import { authorize, withChallenge } from './authorize';
import { Connections } from './connections';
import { limitConnections } from './connectionLimit';
import type { NodeContext } from './context';
import { Service, type ServiceOptions } from '../service/service';
import { METHODS, showToPages } from './crossOrigin';
import { del } from './delete';
import { get } from './get';
import { guardAccept, guardContentType, guardPeers, guardProtocolVersion, type AllowedPeers } from './guards';
import { answerNoRequests } from './noRequests';
import { paceInput } from './inputPace';
import { isPassing, sendResponse } from './passing';
import { post } from './post';
import { protectedResource } from './protectedResource';
import { readBody } from './readBody';
import { idOf } from './requestIds';
import { logRequests } from './requestLog';
import { TemporalIsShort, clientErrorOf } from '../service/toTemporal';

export const MCP_PATH = '/mcp';
/**
 * How long a stopping node lets running answers continue. Below the 10 s after which process managers kill.
 */
const CLOSE_GRACE_MS = 5_000;
/**
 * An idle connection may have a request on its way: a stopping node keeps it open this long, then closes it
 * once it is idle.
 */
const IDLE_GRACE_MS = 1_000;
const CLOSE_IDLE_EVERY_MS = 50;

export interface NodeOptions extends ServiceOptions {
  /** Answers requests with one JSON body instead of a stream. */
  readonly jsonResponses: boolean;
  readonly peers: AllowedPeers;
  /** Absent to let everybody in. */
  readonly authentication?: Authentication;
  /**
   * The proxies whose word on the client's address counts: how many, or which, in Express's notation. None by
   * default.
   */
  readonly trustProxy?: number | string;
  /** How long a connection without a request is kept. */
  readonly keepAliveMs: number;
  /**
   * The `retry` that each stream begins with: how long a client waits before it reconnects. None by default.
   */
  readonly reconnectAfterMs?: number;
}

export interface HttpNode {
  readonly server: Server;
  /**
   * Tells every client to continue on another node, and stops. The node accepts no connection any more, so a
   * balancer sends the next request elsewhere; requests on open connections are still answered, and the
   * connections close after that. `comeBackAfterMs` replaces the usual time that clients wait, for a node
   * without others beside it.
   */
  close(comeBackAfterMs?: number): Promise<void>;
}

export function createNode(options: NodeOptions): HttpNode {
  const { client, log, taskQueue, jsonResponses, authentication } = options;
  const service = new Service(options);
  const connections = new Connections(service.unread, options.reconnectAfterMs);
  const context: NodeContext = {
    service,
    client,
    taskQueue,
    connections,
    log,
    jsonResponses,
    authentication,
  };
  const server = createServer({ requireHostHeader: false }, createApp(context, options)); // guardPeers checks the header, with a clearer error
  limitConnections(server, log);
  server.keepAliveTimeout = options.keepAliveMs; // Node's other timeouts do not apply to a connection without a request
  answerNoRequests(server);
  return {
    server,
    async close(comeBackAfterMs) {
      const closed = stopListening(server);
      connections.drain(comeBackAfterMs);
      const started = Date.now();
      const idle = setInterval(() => {
        if (Date.now() - started > IDLE_GRACE_MS) server.closeIdleConnections();
      }, CLOSE_IDLE_EVERY_MS);
      // The remaining connections wait for one JSON body, perhaps for hours. They are cut, and the clients
      // repeat their requests.
      setTimeout(() => {
        server.closeAllConnections();
      }, CLOSE_GRACE_MS).unref();
      await closed;
      clearInterval(idle);
      // Last: an unanswered request would lose its stream with the tail.
      service.close();
    },
  };
}

/** Resolves when all connections have closed. */
function stopListening(server: Server): Promise<void> {
  const closed = once(server, 'close').then(() => undefined);
  // The HTTP server's own `close` would close idle connections at once.
  NetServer.prototype.close.call(server);
  return closed;
}

/**
 * The types that a client must accept for a POST. In JSON mode, a client that the server can ask something
 * accepts both.
 */
const ANSWERS = { stream: ['application/json', 'text/event-stream'], json: ['application/json'] };

function createApp(node: NodeContext, { peers, trustProxy, authentication }: NodeOptions): Express {
  const app = express().disable('x-powered-by').disable('etag');
  if (trustProxy !== undefined) app.set('trust proxy', trustProxy);
  app.use((_req, res, next) => {
    if (node.connections.draining) res.set('Connection', 'close');
    next();
  });
  app.use(logRequests(node.log));
  app.get(PROBE_PATHS, (req, res) => probe(node, req, res));
  if (authentication) app.use(protectedResource(authentication, MCP_PATH));
  app.use(showToPages, guardPeers(peers));
  if (authentication) app.use(MCP_PATH, authorize(authentication));
  app
    .route(MCP_PATH)
    .head(methodNotAllowed)
    .post(
      guardAccept(...ANSWERS[node.jsonResponses ? 'json' : 'stream']),
      guardContentType,
      paceInput(authentication),
      readBody(),
      (req, res) => post(node, req, res),
    )
    .get(guardAccept('text/event-stream'), guardProtocolVersion, (req, res) => get(node, req, res))
    .delete(guardProtocolVersion, (req, res) => del(node, req, res))
    .all(methodNotAllowed);
  app.use((req: Request) => {
    throw new Refusal(
      404,
      RpcCode.badTransport,
      `There is nothing at ${req.path.slice(0, 200)}; the MCP endpoint is ${MCP_PATH}.`,
    );
  });
  app.use(answerError(node));
  return app;
}

function methodNotAllowed(): never {
  throw new Refusal(405, RpcCode.badTransport, 'The method is not allowed; use POST, GET or DELETE.', {
    Allow: METHODS,
  });
}

async function probe(node: NodeContext, req: Request, res: Response): Promise<void> {
  const { client, connections, service, taskQueue } = node;
  const answer = await answerProbe(req.path, {
    whyNotReady: () => (connections.draining ? 'stopping' : whyNotServing(client, PROBE_MS)),
    details: () => ({
      taskQueue,
      workers: service.lacksWorkers ? 'nobody polls the task queue' : 'the task queue is polled',
    }),
  });
  if (answer) res.status(answer.code).json(answer.body);
}

/** Sends a client the error's sentence and code; the cause goes to the operator's log. */
function answerError(node: NodeContext): ErrorRequestHandler {
  const { log } = node;
  return (error: unknown, req, res, _next) => {
    const known = error instanceof Refusal ? error : clientErrorOf(error);
    if (!known)
      log.error({ session: req.get('mcp-session-id'), method: req.method, err: error }, 'a request failed');
    if (known instanceof TemporalIsShort) {
      log.warn(
        { session: req.get('mcp-session-id'), method: req.method, limit: known.limit },
        'Temporal has reached a limit (RESOURCE_EXHAUSTED), and the request was refused with 503; see docs/troubleshooting.md for which limit it is, and raise it or spread the load',
      );
    } else if (known?.code === RpcCode.unavailable) {
      log.warn(
        { session: req.get('mcp-session-id'), method: req.method, err: error },
        'Temporal does not answer in time, and the request was refused with 503; see whether its server runs, has room on its disk, and is not overloaded',
      );
    }
    if (known?.status === 503 && known.code === RpcCode.tooMuch) {
      log.warn(
        { session: req.get('mcp-session-id'), method: req.method },
        "a session's log is full, and a message of its client was refused with 503; see whether its calls end, and whether workers run",
      );
    }
    const { status, code, message, headers } = withChallenge(
      node.authentication,
      known ?? new Refusal(500, RpcCode.internalError, 'The node failed; its log says why.'),
    );
    const id = idOf(res);
    if (isPassing(res) && id !== undefined)
      return sendResponse('events', res, errorResponse(id, code, message));
    if (res.headersSent) return void res.destroy(); // the client resumes the stream
    res
      .status(status)
      .set(headers)
      .json(refusal(code, message, id));
  };
}
