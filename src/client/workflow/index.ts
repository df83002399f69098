/**
 * `durable-mcp/client/workflow`: an MCP client in a Temporal workflow. The session is part of the workflow's state; calls
 * survive the death of any worker. The workflow knows a server by its name; its URL and its credentials stay in the worker, by
 * `durable-mcp/client/worker`.
 *
 * @example
 * import { workflowMcp } from 'durable-mcp/client/workflow';
 *
 * export async function order(cart: string) {
 *   const shop = workflowMcp('shop');
 *   const receipt = await shop.callTool('checkout', { cart });
 *   await shop.end();
 *   return receipt;
 * }
 *
 * @module durable-mcp/client/workflow
 */
export {
  workflowMcp,
  type CallToolOptions,
  type McpSnapshot,
  type WorkflowMcp,
  type WorkflowMcpOptions,
} from './workflowMcp';
export type { AgentsMcpServer } from './mcpServer';
export type { OpenedSession } from './protocol';
export type { McpToolSet, McpToolSchema } from './toolSet';
export type * from './types';
