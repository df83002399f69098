/**
 * The MCP types and schemas that this project uses, all from one place: the next MCP revision comes with another
 * line of the SDK, and then only this file chooses between them. `workflows/` may import types from here, never values.
 *
 * They are of the product's own copy of the SDK: what a node speaks does not depend on the copy that the author has (sdk/v1.ts). The types of
 * this file stand in no declaration that authors import.
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
  RequestIdSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
} from 'mcp-sdk-1/types.js';
export type {
  CallToolResult,
  InitializeRequest,
  MessageExtraInfo,
  ToolAnnotations,
} from 'mcp-sdk-1/types.js';
export type {
  ClientCapabilities,
  Implementation,
  InitializeResult,
  JSONRPCErrorResponse,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  JSONRPCResultResponse,
  LoggingLevel,
  RequestId,
} from '../wire/messages';

const ANSWERS = {
  'elicitation/create': ElicitResultSchema,
  'sampling/createMessage': CreateMessageResultWithToolsSchema,
  'roots/list': ListRootsResultSchema,
  ping: EmptyResultSchema,
};

/** What is wrong with a client's result for a request of the server, as a sentence; `undefined` if nothing is. */
export function malformedAnswer(method: string, result: unknown): string | undefined {
  if (!Object.hasOwn(ANSWERS, method)) return undefined;
  const parsed = ANSWERS[method as keyof typeof ANSWERS].safeParse(result);
  if (parsed.success) return undefined;
  const [issue] = parsed.error.issues;
  return `The client's answer to ${method} is malformed: ${issue?.path.join('.') || 'the result'}: ${issue?.message}.`;
}
