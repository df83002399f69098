/** What this product uses of the SDK's first line (1.x). Nothing else imports it; a second line would have a file of its own beside this one. */
export { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
export type {
  BaseToolCallback,
  RegisteredPrompt,
  RegisteredResource,
  RegisteredResourceTemplate,
  RegisteredTool,
  ResourceMetadata,
  ResourceTemplate,
  ToolCallback,
} from '@modelcontextprotocol/sdk/server/mcp.js';
export type {
  AnySchema,
  ShapeOutput,
  ZodRawShapeCompat,
} from '@modelcontextprotocol/sdk/server/zod-compat.js';
export type { Server, ServerOptions } from '@modelcontextprotocol/sdk/server/index.js';
export { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv-provider.js';
export type { jsonSchemaValidator as JsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js';
export type { Variables } from '@modelcontextprotocol/sdk/shared/uriTemplate.js';
export type { Transport, TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js';
export type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
