/**
 * `DurableMcpServer` for CommonJS code. ES modules get it from esm/index.mjs, over the SDK's own ES module.
 */
import { McpError, McpServer } from '../mcp/sdk/v1';
import type * as contract from './durableServer';
import { durableServerOn } from './durableServerOn';

/**
 * @example
 * const server = new DurableMcpServer({ name: 'shop', version: '1.0.0' });
 * server.registerTool('buy', { inputSchema: { cart: z.string() } }, async ({ cart }, ctx) => { … });
 */
export const DurableMcpServer: contract.DurableMcpServerConstructor = durableServerOn({
  McpServer,
  McpError,
});
export type DurableMcpServer = contract.DurableMcpServer;
