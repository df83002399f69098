/**
 * Reads a request's policy off the author's server, and notices when a tool's handler throws, which the SDK turns into an
 * ordinary result. Both need the server's registered tools, which the SDK (1.32) keeps private: this file reaches
 * for them (`unknownTool.ts` and `subscribe.ts` for others), `test/unit/sdkInternals.test.ts` guards it.
 */
import type { McpServer, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallPolicy, Delivery } from '../protocol/call';
import type { JSONRPCRequest } from '../protocol/mcp';
import type { DurableMcpServer } from './DurableMcpServer';
import { deliveryOf, policyFrom } from './durability';

const isDurable = (server: McpServer): server is DurableMcpServer => 'durabilityOf' in server;

/** The tool that a request calls and the server does not have. */
export const missingTool = (server: McpServer, message: JSONRPCRequest): string | undefined =>
  message.method === 'tools/call' && !toolOf(server, message) ? nameOf(message) : undefined;

const nameOf = ({ params }: JSONRPCRequest): string | undefined => {
  const { name } = (params ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name : undefined;
};

function toolOf(
  server: McpServer,
  message: JSONRPCRequest,
): [name: string, tool: RegisteredTool] | undefined {
  const name = nameOf(message);
  if (message.method !== 'tools/call' || name === undefined) return undefined;
  const { _registeredTools: tools } = server as unknown as {
    _registeredTools: Record<string, RegisteredTool>;
  };
  const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
  return tool && [name, tool];
}

/** Of a call that the SDK answers with an error, or whose method the author handles alone. */
export const POLICY_OF_THE_UNKNOWN: CallPolicy = { ...policyFrom({}, 'at-most-once'), isOfUnknown: true };

/**
 * The policy that a request runs by, or `none` if nothing of it is to be kept; `undefined` if it calls no registered tool. `defaultDelivery` is for tools of an unchanged
 * `McpServer` that say nothing.
 */
export function policyOf(
  server: McpServer,
  message: JSONRPCRequest,
  defaultDelivery: Delivery,
): CallPolicy | 'none' | undefined {
  if (message.method === 'prompts/get' || message.method === 'resources/read')
    return policyFrom({}, 'at-least-once');
  const found = toolOf(server, message);
  if (!found) return undefined;
  const [name, tool] = found;
  if (!isDurable(server)) return policyFrom({}, deliveryOf(tool.annotations, defaultDelivery));
  const durability = server.durabilityOf(name) ?? {};
  return durability === 'none'
    ? durability
    : policyFrom(durability, deliveryOf(tool.annotations, 'at-least-once'));
}

/** Calls `onThrow` with what the called tool's handler throws, before the SDK makes a result of it. */
export function watchHandler(
  server: McpServer,
  message: JSONRPCRequest,
  onThrow: (error: unknown) => void,
): void {
  const tool = toolOf(server, message)?.[1];
  if (!tool || typeof tool.handler !== 'function') return;
  const handler = tool.handler as (...args: unknown[]) => unknown;
  tool.handler = (async (...args: unknown[]) => {
    try {
      return await handler(...args);
    } catch (error) {
      onThrow(error);
      throw error;
    }
  }) as RegisteredTool['handler'];
}
