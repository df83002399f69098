/** `connect` and `reconnect`: a connection from a target. */
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { InitializeResult } from '../../wire/messages';
import type { DurableTransport } from '../core/durableTransport';
import { ownVersion } from '../core/ownVersion';
import { settingsFrom, timer } from '../core/settings';
import { DurableHttpTransport } from '../http/durableHttpTransport';
import type { Known } from '../http/session';
import { DurableStdioTransport } from '../stdio/durableStdioTransport';
import type { StdioTarget } from '../stdio/target';
import { memoryStore } from '../store/memory';
import { checkOptions, checkTarget } from './check';
import { capabilitiesFor, installHandlers } from './handlers';
import { McpConnection, type ConnectedSession } from './mcpConnection';
import { isProvider, OAuthTokenSource } from './oauth';
import type { ConnectOptions, HttpTarget, Target } from './options';

/** Of an earlier connection; `initialize` is what the server said then, without which nothing is known of it. */
export interface KnownSession extends HttpTarget {
  sessionId: string;
  protocolVersion: string;
  initialize?: InitializeResult;
}

/**
 * Takes up the session that the store has for this target and user, or opens one. @throws ConnectError,
 * AuthRequired, ServerExited, LeaseLost, StoreError
 */
export const connect = (target: Target, options: ConnectOptions = {}): Promise<McpConnection> =>
  connected(target, options);

/**
 * Takes up a session whose id the caller has kept, for example `connection.session`. A session that has ended is
 * opened anew; `session.restored` says which. @throws TypeError for one without an id, and as {@link connect}
 */
export async function reconnect(
  session: KnownSession | ConnectedSession,
  options: ConnectOptions = {},
): Promise<McpConnection> {
  const { url, sessionId, protocolVersion, initialize } = session;
  if (!url || !sessionId || !protocolVersion)
    throw new TypeError(
      'reconnect needs the url, sessionId and protocolVersion of a session; over stdio, and where a server gives out no id, use connect.',
    );
  const { headers, auth, fetch, pool, tls }: Partial<HttpTarget> = session as Partial<HttpTarget>;
  const target = { url, headers, auth, fetch, pool, tls };
  return connected(target, options, { sessionId, protocolVersion, initialize });
}

async function connected(target: Target, options: ConnectOptions, known?: Known): Promise<McpConnection> {
  checkTarget(target);
  checkOptions(options);
  const settings = settingsFrom(options);
  const pingMs = options.ping === false ? undefined : timer('ping', options.ping ?? '30s');
  const { on = {} } = options;
  const client = new Client(options.clientInfo ?? { name: 'durable-mcp', version: ownVersion() }, {
    capabilities: capabilitiesFor(on),
  });
  const { transport, name, url } = transportFor(target, options, known);
  const connection = new McpConnection(name, client, transport, settings, options, url);
  installHandlers(client, on, (list) => {
    connection.changed(list);
  });
  transport.onstatechange = (state, error) => {
    connection.lastError = error;
    try {
      on.state?.(state, error);
    } catch (cause) {
      settings.warn('on.state threw an error.', cause);
    }
  };
  transport.onreopened = () => void connection.reopened();
  try {
    await client.connect(transport, { timeout: LONG_MS });
  } catch (error) {
    await transport.close();
    throw error;
  }
  if (pingMs !== undefined) keepAsking(connection, pingMs, settings.warn);
  return connection;
}

/** The transport has the limits; the SDK's own would come between a lease and the wait for it. */
const LONG_MS = 24 * 60 * 60 * 1_000;

function transportFor(
  target: Target,
  options: ConnectOptions,
  known?: Known,
): { transport: DurableTransport; name: string; url?: string } {
  if (typeof target === 'object' && 'command' in target)
    return { transport: new DurableStdioTransport(target, options), name: nameOf(target) };
  const http: HttpTarget = typeof target === 'string' || target instanceof URL ? { url: target } : target;
  const { url: given, auth: source, ...rest } = http;
  const url = new URL(given);
  const store = options.store ?? memoryStore();
  const auth = source && isProvider(source) ? new OAuthTokenSource(source, url, store, options.user) : source;
  const transport = new DurableHttpTransport(url, { ...options, ...rest, auth }, known);
  return { transport, name: url.href, url: url.href };
}

const nameOf = ({ command, args = [] }: StdioTarget): string => [path.basename(command), ...args].join(' ');

/** A server that has died without a word is noticed, and a session in use does not end for lack of it. */
function keepAsking(
  connection: McpConnection,
  everyMs: number,
  warn: (message: string, cause?: unknown) => void,
): void {
  const timer = setInterval(() => {
    if (connection.state === 'closed' || connection.state === 'closing') {
      clearInterval(timer);
      return;
    }
    connection.ping().catch((error: unknown) => {
      if (connection.state !== 'closed' && connection.state !== 'closing')
        warn('The server does not answer a ping.', error);
    });
  }, everyMs).unref();
}
