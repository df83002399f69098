/** `durable-mcp http`: one HTTP node for one app. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { MCP_PATH, createNode } from '../http/node';
import type { Delivery } from '../protocol/call';
import type { Recovery } from '../protocol/recovery';
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
  const { host, port, allowHost, allowOrigin, address, namespace } = options;
  const app = await loadApp(appFile, options.args);
  const unsupported = await unsupportedIn(app, appFile);
  if (unsupported) console.error(unsupported);
  if (options.awaitSupervisor) await askToConnect();
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
    throw listenError(error, host, port);
  });
  const stop = options.awaitSupervisor ? supervisorStops() : askedToStop();
  announceReady(`http://${host}:${portOf(node.server)}${MCP_PATH}`);
  await stop;
  await node.close(options.awaitSupervisor ? RESTART_MS : undefined);
  await client.connection.close();
}

const addressOf = (host: string, port: number): Promise<string> =>
  lookup(host).then(
    ({ address }) => address,
    (error: unknown) => {
      throw listenError(error, host, port);
    },
  );

function listenError(error: unknown, host: string, port: number): Error {
  const { code } = error as NodeJS.ErrnoException;
  const why =
    {
      EADDRINUSE: 'the port is in use; choose another with --port',
      EACCES: 'the port is reserved; choose one above 1023',
      EADDRNOTAVAIL: 'this machine has no such address; correct --host',
    }[code ?? ''] ?? String(error);
  return new Error(`The HTTP node cannot listen on ${host}:${port}: ${why}.`, { cause: error });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
