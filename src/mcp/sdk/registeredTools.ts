/**
 * A server's registered tools and handlers, which the SDK (1.10 to 2.4) keeps private, and what a handler throws, which the SDK turns into an
 * ordinary result or into an error. Tools that are registered nowhere are read off the server's list (listedTools.ts).
 */
import type { JSONRPCRequest, ToolAnnotations } from '../protocol';
import { readable } from '../readable';
import type { AnyServer } from './anyServer';

/** As SDK 1.x and 2.x have it; what runs has had three names. */
interface RegisteredTool {
  annotations?: ToolAnnotations;
  executor?: unknown;
  handler?: unknown;
  callback?: unknown;
}

type Handler = (...args: unknown[]) => unknown;

/** Of the tool that a request calls. */
export const toolName = ({ method, params }: JSONRPCRequest): string | undefined => {
  const { name } = (params ?? {}) as { name?: unknown };
  return method === 'tools/call' && typeof name === 'string' ? name : undefined;
};

export function registeredTool({ mcp }: AnyServer, message: JSONRPCRequest): RegisteredTool | undefined {
  const name = toolName(message);
  if (name === undefined || !mcp) return undefined;
  const { _registeredTools: tools } = mcp as unknown as { _registeredTools: Record<string, RegisteredTool> };
  return Object.hasOwn(tools, name) ? tools[name] : undefined;
}

/** Calls `onThrow` with what the request's handler throws, before the SDK makes a result or an error of it. */
export function watchHandler(
  server: AnyServer,
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
export function handlersOf({ lowLevel }: AnyServer): Map<string, Handler> | undefined {
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
    } catch (thrown) {
      const error = readable(thrown); // or the SDK would throw while it makes a result of it
      onThrow(error);
      throw error;
    }
  };
  unwatched.set(watching, original);
  return watching;
}
