/**
 * The servers of calls whose authors want no durability: as with the SDK's own transport, one serves several calls of its session, since
 * building and greeting it takes several times as long as such a call. None is older than a second, so what an app reads when it builds a
 * server holds as long at most; and a call has its server for itself. (`withoutDurability.test.ts`)
 */
import type { JSONRPCRequest, JSONRPCResponse, LoggingLevel } from '../protocol/mcp';
import type { SessionInfo } from '../protocol/session';
import type { App } from '../server/app';
import { GreetedServer, type GreetOptions } from '../server/greetedServer';

const OLDEST_MS = 1_000;

interface Kept {
  readonly server: GreetedServer;
  readonly logLevel: LoggingLevel | undefined;
  /** Epoch milliseconds. */
  readonly until: number;
  expiry?: NodeJS.Timeout;
}

/** Those that handle nothing now, by the session as it is in one state: in another it can have other tools. */
const unused = new WeakMap<SessionInfo, Kept>();

export async function askKeptServer(
  app: App,
  session: SessionInfo,
  message: JSONRPCRequest,
  options: GreetOptions,
): Promise<JSONRPCResponse> {
  const kept = take(session, options.logLevel) ?? (await build(app, session, options));
  try {
    return await kept.server.ask(message, options);
  } finally {
    keep(session, kept);
  }
}

async function build(app: App, session: SessionInfo, options: GreetOptions): Promise<Kept> {
  const until = Date.now() + OLDEST_MS;
  return { server: await GreetedServer.greet(app, session, options), logLevel: options.logLevel, until };
}

function take(session: SessionInfo, logLevel: LoggingLevel | undefined): Kept | undefined {
  const kept = unused.get(session);
  if (!kept || kept.logLevel !== logLevel || kept.until < Date.now()) return undefined;
  unused.delete(session);
  clearTimeout(kept.expiry);
  return kept;
}

/** One for a session is enough: more were needed only while it had more calls at once. */
function keep(session: SessionInfo, kept: Kept): void {
  const { server, until } = kept;
  const leftMs = until - Date.now();
  if (leftMs <= 0 || server.isClosed || unused.has(session)) return server.closeSoon();
  unused.set(session, kept);
  kept.expiry = setTimeout(() => {
    unused.delete(session);
    server.close();
  }, leftMs).unref();
}
