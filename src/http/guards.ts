/** The transport's rules (specification 2025-11-25, transports), checked before the request itself. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { jsonBytes } from '../wire/bytes';
import { Refusal, sessionNotFound } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';
import { JSONRPCMessageSchema, type JSONRPCMessage } from '../mcp/protocol';
import { PROTOCOL_VERSIONS } from '../mcp/revisions';
import { isLoopbackAddress, isLoopbackHost, isLoopbackOrigin, nameOf } from '../net/loopback';
import { isSessionId } from '../wire/session';
import { accepts } from './mediaRanges';
import { assertSizes } from '../service/messageLimits';

/**
 * A request, its headers and a result must fit into one Temporal payload of 2 MiB, beside the session's info.
 */
export const MAXIMUM_BODY_BYTES = 1_000_000;
/** Far beyond real messages; keeps recursive code (JSON, schemas) from overflowing the stack. */
const MAXIMUM_DEPTH = 256;
/** As JSON. The id is part of an activity's id and of the session's memory of seen requests. */
const MAXIMUM_ID_BYTES = 256;

export interface AllowedPeers {
  /**
   * The IP address that the node is bound to. On a loopback address, only local host names are allowed, and
   * those in `hosts`.
   */
  readonly boundTo: string;
  /** Further values of the Host header, without a port. */
  readonly hosts: readonly string[];
  /** Allowed values of a browser's Origin header, beside local pages. */
  readonly origins: readonly string[];
}

/** Prevents DNS rebinding: a foreign web page must not reach a server that trusts its network. */
export function guardPeers({ boundTo, hosts, origins }: AllowedPeers): RequestHandler {
  const checksHost = isLoopbackAddress(boundTo) || hosts.length > 0;
  const names = hosts.map((host) => host.toLowerCase());
  return (req: Request, _res: Response, next: NextFunction) => {
    const { host = '', origin } = req.headers;
    if (req.headers.host === undefined && req.httpVersion === '1.1')
      throw new Refusal(400, RpcCode.badTransport, 'The Host header is missing.');
    if (checksHost && !isLoopbackHost(host) && !names.includes(nameOf(`http://${host}`))) {
      throw new Refusal(
        403,
        RpcCode.badTransport,
        `The Host "${host}" is not allowed; start the node with --allow-host for it.`,
      );
    }
    if (origin !== undefined && !isLoopbackOrigin(origin) && !origins.includes(origin)) {
      throw new Refusal(
        403,
        RpcCode.badTransport,
        `The Origin "${origin}" is not allowed; start the node with --allow-origin for it.`,
      );
    }
    next();
  };
}

/** The client must accept every type that the node may answer with. */
export function guardAccept(...types: string[]): RequestHandler {
  return (req, _res, next) => {
    const header = req.headers.accept ?? '';
    if (!types.every((type) => accepts(header, type))) {
      throw new Refusal(406, RpcCode.badTransport, `The Accept header must take ${types.join(' and ')}.`);
    }
    next();
  };
}

export const guardContentType: RequestHandler = (req, _res, next) => {
  if (!req.is('application/json')) {
    throw new Refusal(415, RpcCode.badTransport, 'The Content-Type must be application/json.');
  }
  next();
};

export const guardProtocolVersion: RequestHandler = (req, _res, next) => {
  assertProtocolVersion(req);
  next();
};

/** @throws Refusal 400 */
export function assertProtocolVersion(req: Request): void {
  const version = req.get('mcp-protocol-version');
  if (version !== undefined && !PROTOCOL_VERSIONS.includes(version)) {
    const supported = PROTOCOL_VERSIONS.join(', ');
    throw new Refusal(
      400,
      RpcCode.badTransport,
      `The MCP-Protocol-Version "${version}" is not supported; use one of ${supported}.`,
    );
  }
}

/** The session id of the request. An id that no node can have issued is answered as not found. */
export function sessionIdOf(req: Request): string {
  const id = req.get('mcp-session-id');
  if (id === undefined) {
    throw new Refusal(
      400,
      RpcCode.badTransport,
      'The Mcp-Session-Id header is missing; open a session with initialize first.',
    );
  }
  if (!isSessionId(id)) throw sessionNotFound();
  return id;
}

/** Parses the body as one JSON-RPC message. */
export function messageOf(body: unknown): JSONRPCMessage {
  if (Array.isArray(body)) {
    throw new Refusal(
      400,
      RpcCode.invalidRequest,
      'The body must be one JSON-RPC message, not a batch; send each alone.',
    );
  }
  const levels = levelsOf(body, MAXIMUM_DEPTH);
  if (!levels) {
    throw new Refusal(
      400,
      RpcCode.invalidRequest,
      `The message is nested more than ${MAXIMUM_DEPTH} levels deep.`,
    );
  }
  // JSON.parse turns 1e999 into Infinity, and JSON.stringify turns Infinity into null: the call would run
  // with another argument.
  if (levels.some((level) => level.some((item) => typeof item === 'number' && !Number.isFinite(item)))) {
    throw new Refusal(
      400,
      RpcCode.invalidRequest,
      'The message has a number beyond 1.8e308, which cannot be kept; send it as a text.',
    );
  }
  const parsed = JSONRPCMessageSchema.safeParse(body);
  if (!parsed.success) {
    throw new Refusal(
      400,
      RpcCode.invalidRequest,
      'The body is not a JSON-RPC 2.0 request, notification or response.',
    );
  }
  const id = 'id' in parsed.data ? parsed.data.id : undefined;
  if (jsonBytes(id) > MAXIMUM_ID_BYTES) {
    throw new Refusal(400, RpcCode.invalidRequest, `The id has more than ${MAXIMUM_ID_BYTES} bytes.`);
  }
  return parsed.data;
}

/** @throws Refusal 400, 413 */
export function assertLimits(message: JSONRPCMessage): void {
  // JSON can grow when it is written again: 1e20 becomes 21 digits.
  const bytes = jsonBytes(message);
  if (bytes > MAXIMUM_BODY_BYTES) throw tooLarge();
  assertSizes(message, bytes);
}

/** All values nested in a value, level by level; `undefined` if there are more than `depth` levels. */
function levelsOf(value: unknown, depth: number): unknown[][] | undefined {
  const levels: unknown[][] = [];
  for (let level = [value]; level.length > 0; levels.push(level)) {
    if (levels.length > depth) return undefined;
    level = level.flatMap((item) => (item !== null && typeof item === 'object' ? Object.values(item) : []));
  }
  return levels;
}

export const tooLarge = (): Refusal =>
  new Refusal(
    413,
    RpcCode.invalidRequest,
    `The message has more than ${MAXIMUM_BODY_BYTES} bytes; pass large data by reference.`,
  );
