/** `durable-mcp http`: one HTTP node for one app. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { MCP_PATH, createNode } from '../http/node';
import type { Delivery } from '../protocol/call';
import type { Recovery } from '../protocol/recovery';
import { listenError, urlOf } from '../shared/address';
import { connect, type TemporalTarget } from '../temporal/connect';
import { provideSearchAttributes } from '../temporal/searchAttributes';
import { loadApp, unsupportedIn } from './loadApp';
import { announceReady, askToConnect, askedToStop, createLogger, surviveStrayErrors } from './role';

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
    peers: { boundTo: host, hosts: allowHost, origins: allowOrigin },
  });
  node.server.listen(port, host);
  await once(node.server, 'listening').catch((error: unknown) => {
    throw listenError('The HTTP node', error, { host, port, option: '--port' });
  });
  const stop = askedToStop();
  announceReady(`${urlOf(host, portOf(node.server))}${MCP_PATH}`);
  await stop;
  await node.close();
  await client.connection.close();
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
