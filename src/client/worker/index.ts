/**
 * `durable-mcp/client/worker`: what a Temporal worker needs so that its workflows can use `durable-mcp/client/workflow`. It
 * knows the servers' URLs and credentials, which never are part of a workflow's history.
 *
 * @example
 * import { Worker } from '@temporalio/worker';
 * import { McpClientPlugin } from 'durable-mcp/client/worker';
 *
 * const shop = { url: 'https://shop.example.com/mcp', headers: { authorization: `Bearer ${process.env.SHOP_TOKEN}` } };
 * const worker = await Worker.create({
 *   taskQueue: 'orders',
 *   workflowsPath: require.resolve('./workflows'),
 *   plugins: [new McpClientPlugin({ servers: { shop } })],
 * });
 * await worker.run();
 *
 * @module durable-mcp/client/worker
 */
export { mcpActivities, type McpActivityFunctions } from './activities';
export { McpClientPlugin } from './plugin';
export type { McpServersOptions, McpServerSource, McpTarget } from './servers';
export type { TokenSource } from '../http/options';
