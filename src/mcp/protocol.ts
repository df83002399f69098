/**
 * The MCP types and schemas that this product uses. The next MCP revision comes with another line of the SDK;
 * then only this file chooses between the lines. `workflows/` may import types from here, never values.
 *
 * They come from the product's own copy of the SDK: a node's protocol does not depend on the author's copy
 * (sdk/v1.ts). No declaration that authors import contains a type of this file.
 */
import {
  CreateMessageResultWithToolsSchema,
  ElicitResultSchema,
  EmptyResultSchema,
  ListRootsResultSchema,
} from 'mcp-sdk-1/types.js';

export {
  ErrorCode,
  InitializeRequestSchema,
  JSONRPCMessageSchema,
  LoggingLevelSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
} from 'mcp-sdk-1/types.js';
export type { CallToolResult, MessageExtraInfo, ToolAnnotations } from 'mcp-sdk-1/types.js';
export type {
  ClientCapabilities,
  InitializeResult,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  LoggingLevel,
  RequestId,
} from '../wire/messages';

const ANSWERS = {
  'elicitation/create': ElicitResultSchema,
  'sampling/createMessage': CreateMessageResultWithToolsSchema,
  'roots/list': ListRootsResultSchema,
  ping: EmptyResultSchema,
};

/**
 * The fault of a client's result for a request of the server, as a sentence; `undefined` if the result is
 * valid.
 */
export function malformedAnswer(method: string, result: unknown): string | undefined {
  if (!Object.hasOwn(ANSWERS, method)) return undefined;
  const parsed = ANSWERS[method as keyof typeof ANSWERS].safeParse(result);
  if (parsed.success) return undefined;
  const [issue] = parsed.error.issues;
  return `The client's answer to ${method} is malformed: ${issue?.path.join('.') || 'the result'}: ${issue?.message}.`;
}
