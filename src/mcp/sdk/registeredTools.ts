/**
 * A server's registered tools and handlers, which the SDK (1.10 to 2.4) keeps private, and the errors of
 * handlers, which the SDK turns into ordinary results or errors. Tools that are not registered are read from
 * the server's list (listedTools.ts).
 */
import type { JSONRPCRequest, ToolAnnotations } from '../protocol';
import { readable } from '../readable';
import type { AnyServer } from './anyServer';

/** As in SDK 1.x and 2.x; the function has had three names. */
export interface RegisteredTool {
  annotations?: ToolAnnotations;
  executor?: unknown;
  handler?: unknown;
  callback?: unknown;
}

type Handler = (...args: unknown[]) => unknown;

/** The name of the tool that a request calls. */
export const toolName = ({ method, params }: JSONRPCRequest): string | undefined => {
  const { name } = (params ?? {}) as { name?: unknown };
  return method === 'tools/call' && typeof name === 'string' ? name : undefined;
};

export const registeredTool = (server: AnyServer, message: JSONRPCRequest): RegisteredTool | undefined =>
  toolNamed(server, toolName(message));

export function toolNamed({ mcp }: AnyServer, name: string | undefined): RegisteredTool | undefined {
  if (name === undefined || !mcp) return undefined;
  const { _registeredTools: tools } = mcp as unknown as { _registeredTools: Record<string, RegisteredTool> };
  return Object.hasOwn(tools, name) ? tools[name] : undefined;
}

/**
 * Calls `onThrow` with the error of the request's handler, before the SDK turns it into a result or an error.
 */
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

/** By method. */
export function handlersOf({ lowLevel }: AnyServer): Map<string, Handler> | undefined {
  const { _requestHandlers: handlers } = (lowLevel ?? {}) as { _requestHandlers?: unknown };
  return handlers instanceof Map ? (handlers as Map<string, Handler>) : undefined;
}

const unwatched = new WeakMap<Handler, Handler>();

/**
 * Wraps the handler. An app can give the same tool to each of its servers, so the wrapper of an earlier call
 * is removed first.
 */
function watched(handler: Handler, onThrow: (error: unknown) => void): Handler {
  const original = unwatched.get(handler) ?? handler;
  const watching: Handler = async function (this: unknown, ...args) {
    try {
      return await original.apply(this, args);
    } catch (thrown) {
      const error = readable(thrown); // otherwise the SDK would throw while it turns the error into a result
      onThrow(error);
      throw error;
    }
  };
  unwatched.set(watching, original);
  return watching;
}
