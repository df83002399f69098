/** `durable-mcp http`: one HTTP node for one app. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { MCP_PATH, createNode } from '../http/node';
import type { Delivery } from '../wire/call';
import type { Recovery } from '../model/recovery';
import { listenError, portOf, urlOf } from '../net/address';
import { connect, type TemporalTarget } from '../temporal/connect';
import { provideSearchAttributes } from '../temporal/searchAttributes';
import { loadApp, unsupportedIn } from './loadApp';
import {
  announceReady,
  askToConnect,
  askedToStop,
  createLogger,
  supervisorStops,
  surviveStrayErrors,
} from './role';

/**
 * Under `dev` nobody else serves until `dev` has been started again, by hand. The official clients try twice, so far apart: what a stop, a look at
 * something else and a start take. (`stopItStartItAgain.test.ts`)
 */
const RESTART_MS = 6_000;

export interface HttpArguments extends TemporalTarget {
  host: string;
  port: number;
  allowHost: string[];
  allowOrigin: string[];
  maxSessions: number;
  trustProxy?: number | string;
  jsonResponses: boolean;
  idleTtlMs: number;
  longPolls: number;
  keepAliveMs: number;
  reconnectAfterMs?: number;
  /** Of the app's own command line. */
  args: string[];
  defaultDelivery: Delivery;
  recovery: Recovery;
  awaitSupervisor: boolean;
}

export async function runHttp(appFile: string, options: HttpArguments): Promise<void> {
  const { host, port, allowHost, allowOrigin, namespace } = options;
  const app = await loadApp(appFile, options.args);
  const unsupported = await unsupportedIn(app, appFile);
  if (unsupported) console.error(unsupported);
  const address = options.awaitSupervisor ? await askToConnect() : options.address;
  const client = await connect({ address, namespace });
  const log = createLogger('http');
  surviveStrayErrors(log);
  const node = createNode({
    ...options,
    app,
    client,
    searchAttributes: await provideSearchAttributes(client, log),
    log,
    // As it is listened on: a name can be one of this machine's own as well.
    peers: { boundTo: await addressOf(host, port), hosts: allowHost, origins: allowOrigin },
  });
  node.server.listen(port, host);
  await once(node.server, 'listening').catch((error: unknown) => {
    throw cannotListen(error, host, port);
  });
  const stop = options.awaitSupervisor ? supervisorStops() : askedToStop();
  announceReady(`${urlOf(host, portOf(node.server))}${MCP_PATH}`);
  await stop;
  await node.close(options.awaitSupervisor ? RESTART_MS : undefined);
  await client.connection.close();
}

const addressOf = (host: string, port: number): Promise<string> =>
  lookup(host).then(
    ({ address }) => address,
    (error: unknown) => {
      throw cannotListen(error, host, port);
    },
  );

const cannotListen = (error: unknown, host: string, port: number): Error =>
  listenError('The HTTP node', error, { host, port, option: '--port' });
