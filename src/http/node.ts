/** One HTTP node: stateless, so any number of them can stand behind any balancer. */
import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { HttpError, RpcCode, errorResponse, refusal } from '../protocol/errors';
import { home } from '../shared/home';
import { PROBE_PATHS, answerProbe } from '../shared/probes';
import { isServing } from '../temporal/connect';
import { Connections } from './answer';
import { limitConnections } from './connectionLimit';
import type { NodeContext } from './context';
import { METHODS, showToPages } from './crossOrigin';
import { del } from './delete';
import { get } from './get';
import {
  MAXIMUM_BODY_BYTES,
  guardAccept,
  guardContentType,
  guardPeers,
  guardProtocolVersion,
  tooLarge,
  type AllowedPeers,
} from './guards';
import { OpenSessions } from './openSessions';
import { paceInput } from './inputPace';
import { Pollers } from './pollers';
import { isPassing, sendResponse } from './passing';
import { post } from './post';
import { idOf } from './requestIds';
import { logRequests } from './requestLog';
import { Sessions } from './sessions';
import { TemporalIsShort, clientErrorOf } from './toTemporal';
import { WakeUps } from './wakeUps';

export const MCP_PATH = '/mcp';
/** How long what a stopping node has begun may go on. Below the 10 s after which process managers kill. */
const CLOSE_GRACE_MS = 5_000;
/** A request may be on its way on a connection that is idle here: it stays open for so long, then is closed as soon as it is idle. */
const IDLE_GRACE_MS = 1_000;
/** Below the 1 s that Kubernetes waits for an answer by default. */
const PROBE_MS = 900;
const CLOSE_IDLE_EVERY_MS = 50;

export interface NodeOptions extends Omit<
  NodeContext,
  'sessions' | 'connections' | 'wakeUps' | 'openSessions' | 'pollers'
> {
  readonly peers: AllowedPeers;
  /** How many sessions one peer may have open of those that this node has opened. */
  readonly maxSessions: number;
  /** Whose word on the client's address counts: how many proxies, or which, as Express has it. None by default. */
  readonly trustProxy?: number | string;
  /** How long a connection without a request is kept. */
  readonly keepAliveMs: number;
  /** What each stream says at its beginning of how long a client waits before it reconnects. Nothing by default. */
  readonly reconnectAfterMs?: number;
}

export interface HttpNode {
  readonly server: Server;
  /**
   * Tells every client to go on elsewhere, and stops. At once no connection is accepted any more, so that a balancer gives the next
   * request to another node; what comes on a connection that is open already is answered, and the connection closed with it.
   */
  close(): Promise<void>;
}

export function createNode(options: NodeOptions): HttpNode {
  const { client, log } = options;
  const openSessions = new OpenSessions(client, options.maxSessions);
  const sessions = new Sessions(client, log, options.longPolls, (sessionId) => {
    openSessions.hasEnded(sessionId);
  });
  const wakeUps = new WakeUps(
    client,
    log,
    options.taskQueue,
    (wake) => sessions.wake(wake),
    () => sessions.readResting(),
  );
  const pollers = new Pollers(client, options.taskQueue, log);
  const connections = new Connections(options.reconnectAfterMs);
  const context = { ...options, sessions, connections, wakeUps, openSessions, pollers };
  const server = createServer(createApp(context, options));
  limitConnections(server, log);
  server.keepAliveTimeout = options.keepAliveMs; // Node's other limits do not count a connection without a request
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return;
    const body = JSON.stringify(refusal(RpcCode.parseError, 'The request is not valid HTTP.'));
    const status =
      error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  return {
    server,
    async close() {
      const closed = stopListening(server);
      connections.drain();
      const started = Date.now();
      const idle = setInterval(() => {
        if (Date.now() - started > IDLE_GRACE_MS) server.closeIdleConnections();
      }, CLOSE_IDLE_EVERY_MS);
      // What is left waits for one JSON body, perhaps for hours: it is cut, and the client sends the request again.
      setTimeout(() => {
        server.closeAllConnections();
      }, CLOSE_GRACE_MS).unref();
      await closed;
      clearInterval(idle);
      // Last: with its tail, a request that has not been answered yet would lose its stream.
      sessions.close();
      wakeUps.close();
      pollers.close();
    },
  };
}

/** Resolves when all connections have ended. */
function stopListening(server: Server): Promise<void> {
  const closed = once(server, 'close').then(() => undefined);
  // Not that of HTTP, which closes idle connections at once.
  NetServer.prototype.close.call(server);
  return closed;
}

/** What a node answers a POST with. In JSON mode a stream as well where the client is asked something: clients that can be take both. */
const ANSWERS = { stream: ['application/json', 'text/event-stream'], json: ['application/json'] };

function createApp(node: NodeContext, { peers, trustProxy }: NodeOptions): Express {
  const app = express().disable('x-powered-by').disable('etag');
  if (trustProxy !== undefined) app.set('trust proxy', trustProxy);
  app.use((_req, res, next) => {
    if (node.connections.draining) res.set('Connection', 'close');
    next();
  });
  app.use(logRequests(node.log));
  app.get(PROBE_PATHS, (req, res) => probe(node, req, res));
  app.use(showToPages, guardPeers(peers));
  app
    .route(MCP_PATH)
    .head(methodNotAllowed)
    .post(
      guardAccept(...ANSWERS[node.jsonResponses ? 'json' : 'stream']),
      guardContentType,
      paceInput(),
      readBody,
      (req, res) =>
        home.run({ client: node.client.workflow, taskQueue: node.taskQueue }, () => post(node, req, res)),
    )
    .get(guardAccept('text/event-stream'), guardProtocolVersion, (req, res) => get(node, req, res))
    .delete(guardProtocolVersion, (req, res) => del(node, req, res))
    .all(methodNotAllowed);
  app.use((req: Request) => {
    throw new HttpError(
      404,
      RpcCode.badTransport,
      `There is nothing at ${req.path.slice(0, 200)}; the MCP endpoint is ${MCP_PATH}.`,
    );
  });
  app.use(answerError(node));
  return app;
}

const parseBody = express.json({
  limit: MAXIMUM_BODY_BYTES,
  strict: false,
  type: () => true,
  verify: assertUtf8,
});

/** The parser's own errors are the client's. Those of an app can look the same: `status` and `type` are common names. */
const readBody: RequestHandler = (req, res, next) => {
  parseBody(req, res, (error: unknown) => {
    next(error === undefined ? undefined : (bodyError(error) ?? error));
  });
};

/** Express would put U+FFFD in the place of what it cannot read, or read UTF-16. */
function assertUtf8(_req: unknown, _res: unknown, body: Buffer, encoding: string): void {
  if (encoding !== 'utf-8' || !isUtf8(body)) throw new Error('The body is not UTF-8.');
}

function methodNotAllowed(): never {
  throw new HttpError(405, RpcCode.badTransport, 'The method is not allowed; use POST, GET or DELETE.', {
    Allow: METHODS,
  });
}

async function probe(node: NodeContext, req: Request, res: Response): Promise<void> {
  const { client, connections, pollers, taskQueue } = node;
  const answer = await answerProbe(req.path, {
    whyNotReady: async () => {
      if (connections.draining) return 'stopping';
      return (await isServing(client, PROBE_MS)) ? undefined : 'Temporal does not answer';
    },
    details: () => ({
      taskQueue,
      workers: pollers.areMissing ? 'nobody polls the task queue' : 'the task queue is polled',
    }),
  });
  if (answer) res.status(answer.code).json(answer.body);
}

/** Clients get a sentence and a code; the cause goes to the operator's log. */
function answerError(node: NodeContext): ErrorRequestHandler {
  const { log } = node;
  return (error: unknown, req, res, _next) => {
    const known = error instanceof HttpError ? error : clientErrorOf(error);
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
    const { status, code, message, headers } =
      known ?? new HttpError(500, RpcCode.internalError, 'The node failed; its log says why.');
    const id = idOf(res);
    if (isPassing(res) && id !== undefined) return sendResponse(node, res, errorResponse(id, code, message));
    if (res.headersSent) return void res.destroy(); // the client comes back for the rest
    res
      .status(status)
      .set(headers)
      .json(refusal(code, message, id));
  };
}

/** What express's body parser throws: https://www.npmjs.com/package/body-parser#errors */
function bodyError(error: unknown): HttpError | undefined {
  const { type, status } = error as { type?: unknown; status?: unknown };
  if (type === 'entity.parse.failed') return new HttpError(400, RpcCode.parseError, 'The body is not JSON.');
  if (type === 'entity.verify.failed')
    return new HttpError(400, RpcCode.parseError, 'The body is not UTF-8.');
  if (type === 'entity.too.large') return tooLarge();
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  return new HttpError(
    status,
    RpcCode.badTransport,
    error instanceof Error ? error.message : 'The request could not be read.',
  );
}
