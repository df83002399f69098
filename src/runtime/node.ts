/** Runs an HTTP node in this process. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { MCP_PATH, createNode as createHttpNode } from '../http/node';
import type { App } from '../mcp/app';
import type { Recovery } from '../model/recovery';
import { listenError, portOf, urlOf } from '../net/address';
import { checkEncoding } from './checkEncoding';
import { provideSearchAttributes } from '../temporal/searchAttributes';
import type { Delivery } from '../wire/call';
import type { AuthorizationOptions } from '../auth/options';
import { authenticationBy } from './authorization';
import { NODE_OPTIONS, checkOptions } from './checkOptions';
import { checkApp } from './checkApp';
import { connectedOf, contextOf, type TemporalConnection } from './connection';
import { createLogger } from './log';
import { DEFAULT_TASK_QUEUE } from '../temporal/appContext';
import { NODE_DEFAULTS } from './defaults';

export interface NodeOptions {
  readonly app: App;
  /** From {@link connect}. */
  readonly temporal: TemporalConnection;
  /** The task queue that the nodes and workers of one app share. Default: `durable-mcp`. */
  readonly taskQueue?: string;
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly host?: string;
  /** The port; 0 chooses a free one. Default: 3000. */
  readonly port?: number;
  /**
   * Whom the node lets in. Default: everybody, where it listens on a loopback address; elsewhere it does not start
   * without a word on this.
   */
  readonly auth?: AuthorizationOptions | 'none';
  /** With it, `McpPrincipal` and lists of sessions have an HMAC by this key instead of the caller's name. */
  readonly principalKey?: string;
  /** Additional allowed values of the Host header. */
  readonly allowHost?: readonly string[];
  /** Origins of web pages that may connect. */
  readonly allowOrigin?: readonly string[];
  /**
   * The maximum of open sessions per principal (per network address, for anonymous clients) among those that
   * this node has opened. Default: 2,000.
   */
  readonly maxSessions?: number;
  /** The number of proxies before the node, or their addresses. Default: none. */
  readonly trustProxy?: number | string;
  /** Whether requests are answered with one JSON body instead of a stream. Default: false. */
  readonly jsonResponses?: boolean;
  /** How long a session without messages lasts. Default: 24 hours. */
  readonly idleTtlMs?: number;
  /** How long a connection without requests is kept open. Default: 75 seconds. */
  readonly keepAliveMs?: number;
  /** The reconnection delay (`retry`) that each stream begins with. Default: none. */
  readonly reconnectAfterMs?: number;
  /** How many sessions the node follows, by one long-poll each. Default: 200. */
  readonly longPolls?: number;
  /**
   * The delivery of tools that declare none, on servers that are not a `DurableMcpServer`. Default:
   * `at-most-once`.
   */
  readonly defaultDelivery?: Delivery;
  /** How soon calls of a dead worker continue; must be the same for nodes and workers. Default: `normal`. */
  readonly recovery?: Recovery;
  /** Default: JSON lines on standard error, at the level of `LOG_LEVEL`. */
  readonly log?: Logger;
}

export interface RunningNode {
  /** The URL of the MCP endpoint. */
  readonly url: string;
  /**
   * Tells every client to reconnect to another node, and resolves when this node has stopped.
   * `comeBackAfterMs` is how long clients are to wait if no other node serves.
   */
  close(comeBackAfterMs?: number): Promise<void>;
}

/**
 * Starts an HTTP node, and resolves when it serves. The caller owns the process: signals and stray exceptions
 * are not handled here.
 *
 * @example
 * const temporal = await connect();
 * const node = await createNode({ app, temporal, port: 3000 });
 * @throws Error in one sentence if the app builds no server or the port is taken
 */
export async function createNode(options: NodeOptions): Promise<RunningNode> {
  checkOptions(options, NODE_OPTIONS, 'createNode()');
  const { app, temporal, taskQueue = DEFAULT_TASK_QUEUE, auth, ...rest } = options;
  const settings = { ...NODE_DEFAULTS, ...defined(rest), log: rest.log ?? createLogger('http') };
  const { host, port, log, allowHost: hosts, allowOrigin: origins } = settings;
  const { client } = connectedOf(temporal);
  // The address itself decides whether the node is bound to loopback: a name, too, can mean this machine alone.
  const boundTo = await addressOf(host, port);
  const authentication = await authenticationBy(auth, { boundTo, host, log });
  await checkApp(app, 'The app', contextOf(temporal, taskQueue));
  const [searchAttributes] = await Promise.all([
    provideSearchAttributes(client, log),
    checkEncoding(client, taskQueue),
  ]);
  const { server, close } = createHttpNode({
    ...settings,
    app,
    client,
    taskQueue,
    searchAttributes,
    authentication,
    peers: { boundTo, hosts: [...hosts], origins: [...origins] },
  });
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw cannotListen(error, host, port);
  });
  return { url: `${urlOf(host, portOf(server))}${MCP_PATH}`, close };
}

/** Removes options that are `undefined`, so that their defaults apply. */
const defined = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

const addressOf = (host: string, port: number): Promise<string> =>
  lookup(host).then(
    ({ address }) => address,
    (error: unknown) => {
      throw cannotListen(error, host, port);
    },
  );

const cannotListen = (error: unknown, host: string, port: number): Error =>
  listenError('The HTTP node', error, { host, port, options: { host: '--host', port: '--port' } });
