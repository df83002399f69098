/**
 * Reads a request's policy off the author's server, and notices when a handler throws, which the SDK turns into an ordinary result or into an
 * error. Both need the server's registered tools and handlers, which the SDK (1.10 to 2.4) keeps private. Tools that are registered nowhere are
 * read off the server's list (listedTools.ts).
 */
import type { CallPolicy, Delivery } from '../protocol/call';
import type { JSONRPCRequest, ToolAnnotations } from '../protocol/mcp';
import type { DurableMcpServer } from './DurableMcpServer';
import { deliveryOf, policyFrom } from './durability';
import type { Served } from './served';

/** As SDK 1.x and 2.x have it; what runs has had three names. */
interface RegisteredTool {
  annotations?: ToolAnnotations;
  executor?: unknown;
  handler?: unknown;
  callback?: unknown;
}

type Handler = (...args: unknown[]) => unknown;

const isDurable = (server: object): server is DurableMcpServer => 'durabilityOf' in server;

/** Of the tool that a request calls. */
export const toolName = ({ method, params }: JSONRPCRequest): string | undefined => {
  const { name } = (params ?? {}) as { name?: unknown };
  return method === 'tools/call' && typeof name === 'string' ? name : undefined;
};

export function registeredTool({ mcp }: Served, message: JSONRPCRequest): RegisteredTool | undefined {
  const name = toolName(message);
  if (name === undefined || !mcp) return undefined;
  const { _registeredTools: tools } = mcp as unknown as { _registeredTools: Record<string, RegisteredTool> };
  return Object.hasOwn(tools, name) ? tools[name] : undefined;
}

/** Of a call that the SDK answers with an error, or whose method the author handles alone. */
export const POLICY_OF_THE_UNKNOWN: CallPolicy = { ...policyFrom({}, 'at-most-once'), isOfUnknown: true };

/** Of a tool that says nothing but its annotations. `defaultDelivery` is for those that have none. */
export const policyOfUnchanged = (
  annotations: ToolAnnotations | undefined,
  defaultDelivery: Delivery,
): CallPolicy => policyFrom({}, deliveryOf(annotations, defaultDelivery));

/** The policy that a request runs by, or `none` if nothing of it is to be kept; `undefined` if it calls no registered tool. */
export function policyOf(
  server: Served,
  message: JSONRPCRequest,
  defaultDelivery: Delivery,
): CallPolicy | 'none' | undefined {
  if (message.method === 'prompts/get' || message.method === 'resources/read')
    return policyFrom({}, 'at-least-once');
  const tool = registeredTool(server, message);
  if (!tool) return undefined;
  if (!server.mcp || !isDurable(server.mcp)) return policyOfUnchanged(tool.annotations, defaultDelivery);
  const durability = server.mcp.durabilityOf(toolName(message) ?? '') ?? {};
  return durability === 'none'
    ? durability
    : policyFrom(durability, deliveryOf(tool.annotations, 'at-least-once'));
}

/** Calls `onThrow` with what the request's handler throws, before the SDK makes a result or an error of it. */
export function watchHandler(
  server: Served,
  message: JSONRPCRequest,
  onThrow: (error: unknown) => void,
): void {
  const tool = registeredTool(server, message) as Record<string, unknown> | undefined;
  const ran = ['executor', 'handler', 'callback'].find((name) => typeof tool?.[name] === 'function');
  if (tool && ran) tool[ran] = watched(tool[ran] as Handler, onThrow);
  const handlers = handlersOf(server);
  const handler = handlers?.get(message.method);
  if (handler) handlers?.set(message.method, watched(handler, onThrow));
}

/** By their methods. */
export function handlersOf({ lowLevel }: Served): Map<string, Handler> | undefined {
  const { _requestHandlers: handlers } = (lowLevel ?? {}) as { _requestHandlers?: unknown };
  return handlers instanceof Map ? (handlers as Map<string, Handler>) : undefined;
}

const unwatched = new WeakMap<Handler, Handler>();

/** An app can give the same tool to each of its servers: what was wrapped for an earlier call is unwrapped first. */
function watched(handler: Handler, onThrow: (error: unknown) => void): Handler {
  const original = unwatched.get(handler) ?? handler;
  const watching: Handler = async function (this: unknown, ...args) {
    try {
      return await original.apply(this, args);
    } catch (error) {
      onThrow(error);
      throw error;
    }
  };
  unwatched.set(watching, original);
  return watching;
}
