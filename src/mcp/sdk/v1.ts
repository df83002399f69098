/**
 * The author's own copy of the SDK's first line (a peer dependency, 1.20 and later): the classes of authors'
 * servers, and the types that authors see. Only what 1.20 has may be named here. The product's own protocol is
 * ../protocol.ts, whatever copy the author has.
 */
export { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
export {
  ErrorCode,
  McpError,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
export type {
  RegisteredPrompt,
  RegisteredResource,
  RegisteredResourceTemplate,
  RegisteredTool,
  ResourceMetadata,
  ResourceTemplate,
} from '@modelcontextprotocol/sdk/server/mcp.js';
export type {
  CallToolResult,
  CreateMessageRequest,
  CreateMessageResult,
  ElicitRequest,
  ElicitResult,
  GetPromptResult,
  Implementation,
  ReadResourceResult,
  Root,
  ServerNotification,
  ServerRequest,
  ToolAnnotations,
} from '@modelcontextprotocol/sdk/types.js';
export type { Server, ServerOptions } from '@modelcontextprotocol/sdk/server/index.js';
export type { Variables } from '@modelcontextprotocol/sdk/shared/uriTemplate.js';
export type { Transport, TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js';
export type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
