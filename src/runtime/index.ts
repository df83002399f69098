/**
 * `durable-mcp/runtime`: runs nodes and workers in your own process, as `durable-mcp http` and `durable-mcp
 * worker` do.
 *
 * @example
 * import { connect, createNode, startWorker } from 'durable-mcp/runtime';
 *
 * const temporal = await connect({ address: '127.0.0.1:7233' });
 * const worker = await startWorker({ app, temporal });
 * const node = await createNode({ app, temporal, port: 3000 });
 * console.log(node.url);
 * // … and at the end:
 * await node.close();
 * await worker.stop();
 * await temporal.close();
 */
export { connect, type ConnectOptions, type TemporalConnection } from './connection';
export type { AuthorizationOptions, IntrospectionClient, IssuerOptions } from '../auth/options';
export { createNode, type NodeOptions, type RunningNode } from './node';
export { startWorker, type RunningWorker, type StartWorkerOptions } from './worker';
export type { ConnectionSettings } from '../temporal/connectionSettings';
export type { DataConverter, Payload, PayloadCodec } from '../temporal/dataConverter';
