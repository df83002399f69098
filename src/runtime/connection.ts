/** A connection to Temporal, which the nodes and workers of a process share. */
import type { Client } from '@temporalio/client';
import { resolveConnection } from '../temporal/configuration';
import type { ConnectionSettings } from '../temporal/connectionSettings';
import { appContextOf, type AppContext } from '../temporal/appContext';
import { connect as connectClient } from '../temporal/connect';
import { CONNECT_OPTIONS, checkOptions } from './checkOptions';
import type { DataConverter } from '../temporal/dataConverter';
import type { TemporalNamespace } from '../temporal/target';

export interface ConnectOptions extends ConnectionSettings {
  /**
   * Encrypts or compresses the data that Temporal keeps. Must be the same for all nodes, workers and commands
   * of an app.
   */
  readonly dataConverter?: DataConverter;
}

/** Passed to {@link createNode} and {@link startWorker}. To be closed after the nodes and workers. */
export interface TemporalConnection {
  /** `host:port` of the frontend. */
  readonly address: string;
  readonly namespace: string;
  close(): Promise<void>;
}

/**
 * The client of each connection. It is no field of {@link TemporalConnection}, since Temporal's own types are
 * no part of this API.
 */
const CONNECTIONS = new WeakMap<TemporalConnection, Connected>();

interface Connected {
  readonly client: Client;
  readonly target: TemporalNamespace;
}

/**
 * Connects to Temporal. Settings that the options leave out come from the environment (`TEMPORAL_ADDRESS`,
 * `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS…`, `TEMPORAL_PROFILE`, `TEMPORAL_CONFIG_FILE`),
 * then from the profile in `temporal.toml`.
 *
 * @example
 * const temporal = await connect({ address: 'temporal.internal:7233', namespace: 'shop' });
 * @throws Error in one sentence if Temporal does not answer, refuses the credentials, or has no such
 * namespace
 */
export async function connect(options: ConnectOptions = {}): Promise<TemporalConnection> {
  checkOptions(options, CONNECT_OPTIONS, 'connect()');
  const { dataConverter, ...settings } = options;
  return connectTo({ ...resolveConnection(settings), dataConverter });
}

/** Like {@link connect}, but takes nothing from the environment. */
export async function connectTo(target: TemporalNamespace): Promise<TemporalConnection> {
  const client = await connectClient(target);
  const { address, namespace } = target;
  const connection = {
    address,
    namespace,
    close() {
      CONNECTIONS.delete(connection);
      return client.connection.close();
    },
  };
  CONNECTIONS.set(connection, { client, target });
  return connection;
}

/**
 * @throws Error in one sentence if the connection does not come from `connect` of this copy of the package
 */
export function connectedOf(connection: TemporalConnection): Connected {
  const connected = CONNECTIONS.get(connection);
  if (!connected)
    throw new Error(
      'The connection is closed, or none that connect() of durable-mcp/runtime has made; connect anew.',
    );
  return connected;
}

/** The client and task queue for the maps and notifications of an app that runs in this process. */
export const contextOf = (connection: TemporalConnection, taskQueue: string): AppContext =>
  appContextOf(connectedOf(connection).client, taskQueue);
