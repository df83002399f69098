/**
 * Reuses the servers of calls with `execution: 'node'`. As with the SDK's own transport, one server handles
 * several calls of its session, since building and initializing a server takes several times as long as such
 * a call. A server is at most a second old, so what the app reads when it builds one is at most a second
 * stale. A call has its server to itself. (`withoutDurability.test.ts`)
 */
import type { JSONRPCRequest, JSONRPCResponse, LoggingLevel } from '../mcp/protocol';
import type { SessionInfo } from '../wire/sessionInfo';
import type { App } from '../mcp/app';
import { InitializedServer, type InitializeOptions } from '../mcp/initializedServer';

const OLDEST_MS = 1_000;

interface PooledServer {
  readonly server: InitializedServer;
  readonly logLevel: LoggingLevel | undefined;
  /** Epoch milliseconds. */
  readonly until: number;
  expiry?: NodeJS.Timeout;
}

/** Idle servers, by the session in one state: in another state it can have other tools. */
const idle = new WeakMap<SessionInfo, PooledServer>();

export async function askPooledServer(
  app: App,
  session: SessionInfo,
  message: JSONRPCRequest,
  options: InitializeOptions,
): Promise<JSONRPCResponse> {
  const kept = take(session, options.logLevel) ?? (await pooled(app, session, options));
  try {
    return await kept.server.ask(message, options);
  } finally {
    keep(session, kept);
  }
}

async function pooled(app: App, session: SessionInfo, options: InitializeOptions): Promise<PooledServer> {
  const until = Date.now() + OLDEST_MS;
  return { server: await InitializedServer.create(app, session, options), logLevel: options.logLevel, until };
}

function take(session: SessionInfo, logLevel: LoggingLevel | undefined): PooledServer | undefined {
  const kept = idle.get(session);
  if (!kept || kept.logLevel !== logLevel || kept.until < Date.now()) return undefined;
  idle.delete(session);
  clearTimeout(kept.expiry);
  return kept;
}

/** Keeps one idle server per session; more were needed only while the session had more calls at once. */
function keep(session: SessionInfo, kept: PooledServer): void {
  const { server, until } = kept;
  const leftMs = until - Date.now();
  if (leftMs <= 0 || server.isClosed || idle.has(session)) return server.closeSoon();
  idle.set(session, kept);
  kept.expiry = setTimeout(() => {
    idle.delete(session);
    server.close();
  }, leftMs).unref();
}
