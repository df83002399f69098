/**
 * Hands one JSON-RPC request to the author's server, built for this request, and waits for the response.
 * Workers use it for calls, nodes for requests without effects.
 */
import { ErrorCode, type JSONRPCNotification, type JSONRPCRequest, type JSONRPCResponse } from './protocol';
import type { SessionInfo } from '../wire/sessionInfo';
import type { App } from './app';
import type { AnyServer } from './sdk/anyServer';
import { InitializedServer, type InitializeOptions } from './initializedServer';
import { watchHandler } from './sdk/registeredTools';
import { missingTool } from './sdk/unknownTool';

export interface Dispatched {
  readonly response: JSONRPCResponse;
  /** What the handler threw, if `response` only reports that. */
  readonly thrown?: unknown;
  /** The tool that was called, if the server has none of that name. */
  readonly missing?: string;
}

/** The author's server has answered. */
export interface Answered extends Dispatched {
  /** Closed, or soon to be. */
  readonly server: AnyServer;
}

export interface DispatchOptions extends InitializeOptions {
  /** Takes messages that the server sends after its answer, if it may. */
  readonly onLate?: (message: JSONRPCNotification) => Promise<void>;
}

export async function dispatch(
  app: App,
  session: SessionInfo,
  message: JSONRPCRequest,
  options: DispatchOptions = {},
): Promise<Answered> {
  let thrown: { readonly error: unknown } | undefined;
  let isAnswered = false;
  const initialized = await InitializedServer.create(app, session, options);
  try {
    const missing = missingTool(initialized.server, message);
    watchHandler(initialized.server, message, (error) => (thrown ??= { error })); // the SDK may throw because of the handler's error
    const response = await initialized.ask(message, options);
    isAnswered = !hasFailed(response, thrown);
    const { server } = initialized;
    if (isAnswered) return { response, server, missing };
    return { response, server, thrown: thrown ? errorOf(thrown.error) : thrownUnseen(response), missing };
  } finally {
    if (isAnswered && options.onLate) initialized.leave(options.onLate);
    else initialized.closeSoon();
  }
}

/**
 * An error with another code of JSON-RPC or MCP is the handler's intended answer. Other numbers come from a
 * library that failed in the handler.
 */
function hasFailed(response: JSONRPCResponse, thrown: { readonly error: unknown } | undefined): boolean {
  if ('result' in response) return response.result.isError === true;
  const { code } = response.error;
  if (thrown && !hasCode(thrown.error)) return true; // the SDK could not turn it into a result
  return code === ErrorCode.InternalError || code < -32_768 || code > -32_000;
}

/** `throw undefined` counts as an error, too. */
const errorOf = (thrown: unknown): unknown => thrown ?? new Error(String(thrown));

function hasCode(thrown: unknown): boolean {
  try {
    return typeof (thrown as { code?: unknown }).code === 'number';
  } catch {
    return false; // `undefined` was thrown, or the getter of `code` throws
  }
}

/**
 * The error of a handler that could not be watched, which shows as an internal error. An McpError has its
 * code in its message.
 */
function thrownUnseen(response: JSONRPCResponse): unknown {
  if (!('error' in response)) return undefined;
  const { code, message: text } = response.error;
  return code === ErrorCode.InternalError && !text.startsWith('MCP error') ? new Error(text) : undefined;
}
