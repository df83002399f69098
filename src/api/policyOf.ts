/** Reads the policy of a request's call off the author's server. */
import type { AnyServer } from '../mcp/sdk/anyServer';
import { registeredTool, toolName } from '../mcp/sdk/registeredTools';
import type { JSONRPCRequest, ToolAnnotations } from '../mcp/protocol';
import type { CallPolicy, Delivery } from '../wire/call';
import type { DurableMcpServer } from './durableServer';
import { defaultPolicy, deliveryOf, policyFrom } from './policyFrom';

const isDurable = (server: object): server is DurableMcpServer => 'durabilityOf' in server;

/**
 * The policy of a call that the SDK answers with an error, or whose method only a handler of the author's own
 * knows.
 */
export const POLICY_OF_THE_UNKNOWN: CallPolicy = { ...defaultPolicy('at-most-once'), isOfUnknown: true };

/** The policy of a tool with annotations alone. `defaultDelivery` applies if these imply no delivery. */
export const policyOfUnchanged = (
  annotations: ToolAnnotations | undefined,
  defaultDelivery: Delivery,
): CallPolicy => defaultPolicy(deliveryOf(annotations, defaultDelivery));

/**
 * The policy of a request. `none` if the node runs it without a record; `undefined` if it calls no registered
 * tool.
 */
export function policyOf(
  server: AnyServer,
  message: JSONRPCRequest,
  defaultDelivery: Delivery,
): CallPolicy | 'none' | undefined {
  if (message.method === 'prompts/get' || message.method === 'resources/read')
    return defaultPolicy('at-least-once');
  const tool = registeredTool(server, message);
  if (!tool) return undefined;
  if (!server.mcp || !isDurable(server.mcp)) return policyOfUnchanged(tool.annotations, defaultDelivery);
  const durability = server.mcp.durabilityOf(toolName(message) ?? '') ?? {};
  return policyFrom(durability, deliveryOf(tool.annotations, 'at-least-once'));
}

/**
 * The delivery that the author has declared explicitly; `undefined` if it follows from annotations or
 * defaults.
 */
export function deliveryByAuthor({ mcp }: AnyServer, tool: string): Delivery | undefined {
  const durability = mcp && isDurable(mcp) ? mcp.durabilityOf(tool) : undefined;
  return typeof durability === 'object' ? durability.delivery : undefined;
}
