/**
 * JSON-RPC messages, and the MCP shapes that are in a session's log. These are types of this product: a
 * history outlives the SDK that its types came from, and both lines of the SDK fit them. (JSON-RPC 2.0;
 * specification 2025-11-25, schema)
 */

/** `1` and `"1"` are the ids of different requests. */
export type RequestId = string | number;

interface Params {
  readonly _meta?: { readonly progressToken?: string | number; readonly [key: string]: unknown };
  readonly [name: string]: unknown;
}

export interface JSONRPCRequest {
  jsonrpc: '2.0';
  id: RequestId;
  method: string;
  params?: Params;
}

export interface JSONRPCNotification {
  jsonrpc: '2.0';
  method: string;
  params?: Params;
}

export interface JSONRPCResultResponse {
  jsonrpc: '2.0';
  id: RequestId;
  result: { [name: string]: unknown };
}

export interface JSONRPCErrorResponse {
  jsonrpc: '2.0';
  /** Absent if the request could not be read. */
  id?: RequestId;
  error: { code: number; message: string; data?: unknown };
}

/** The answer to a request: a result or an error. */
export type JSONRPCResponse = JSONRPCResultResponse | JSONRPCErrorResponse;

export type JSONRPCMessage = JSONRPCRequest | JSONRPCNotification | JSONRPCResponse;

/** In the order of RFC 5424. */
export type LoggingLevel =
  'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical' | 'alert' | 'emergency';

/** The name and version of a client or a server. */
export interface Implementation {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
}

/** A client's capabilities, as declared in `initialize`. */
export interface ClientCapabilities {
  readonly elicitation?: { readonly form?: object; readonly url?: object };
  readonly sampling?: object;
  readonly roots?: { readonly listChanged?: boolean };
  readonly experimental?: { readonly [name: string]: object };
}

/** A server's answer to `initialize`. */
export interface InitializeResult {
  readonly protocolVersion: string;
  readonly capabilities: { readonly [name: string]: unknown };
  readonly serverInfo: Implementation;
  readonly instructions?: string;
  readonly [name: string]: unknown;
}

/** Whether the client says that the session may begin (specification 2025-11-25, lifecycle). */
export const isInitialized = (message: JSONRPCMessage): message is JSONRPCNotification =>
  'method' in message && message.method === 'notifications/initialized';
