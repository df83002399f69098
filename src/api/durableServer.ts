/**
 * The contract of `DurableMcpServer`: the SDK's `McpServer` with a delivery guarantee for each tool, and with
 * the durable context as the last argument of each handler. durableServerOn.ts creates the class.
 */
import type {
  CallToolResult,
  GetPromptResult,
  Implementation,
  McpServer,
  ReadResourceResult,
  RegisteredPrompt,
  RegisteredResource,
  RegisteredResourceTemplate,
  RegisteredTool,
  ResourceMetadata,
  ResourceTemplate,
  ServerOptions,
  ToolAnnotations,
  Variables,
} from '../mcp/sdk/v1';
import type { DurableContext } from './context';
import type { DownstreamToken } from './downstreamTokens';
import type { Durability, NodeDurability } from './durability';
import type { ArgsOf, ZodSchema, ZodShape } from './zodTypes';

/** The handler of a tool: `(args, ctx) => result`, or `(ctx) => result` for a tool without `inputSchema`. */
export type DurableToolCallback<Input extends undefined | ZodShape | ZodSchema> = Input extends
  ZodShape | ZodSchema
  ? (args: ArgsOf<Input>, ctx: DurableContext) => CallToolResult | Promise<CallToolResult>
  : (ctx: DurableContext) => CallToolResult | Promise<CallToolResult>;

interface ToolDescription<Input, Output> {
  title?: string;
  description?: string;
  inputSchema?: Input;
  outputSchema?: Output;
  _meta?: Record<string, unknown>;
  /**
   * The scopes that the tool's calls need, beside those of every request. A call without them is refused with 403 before anything of it is
   * written, and the client asks its issuer for more (specification 2025-11-25, authorization, "Scope Challenge Handling"). Not
   * checked where the node has no authorization.
   */
  scopes?: readonly string[];
  /** `tools/list` leaves the tool out for callers without its scopes. They do not learn then that they could ask for more. Default: false. */
  hiddenWithoutScopes?: boolean;
}

/** What a tool's author says of its callers. */
export interface ToolScopes {
  readonly scopes: readonly string[];
  readonly hidden: boolean;
}

interface OfTemporal {
  /**
   * How the tool's calls are delivered, and where its handler runs. Default: what `annotations` imply; see
   * the table of guarantees.
   */
  durability?: Exclude<Durability, NodeDurability>;
  annotations?: ToolAnnotations;
}

interface OfTheNode {
  durability: NodeDurability;
  annotations: ToolAnnotations & { readOnlyHint: true };
}

export type DurableToolConfig<
  Input extends undefined | ZodShape | ZodSchema,
  Output extends ZodShape | ZodSchema,
> = ToolDescription<Input, Output> & (OfTemporal | OfTheNode);

export interface DurablePromptConfig<Args extends undefined | ZodShape> {
  title?: string;
  description?: string;
  argsSchema?: Args;
}

export type DurablePromptCallback<Args extends undefined | ZodShape> = Args extends ZodShape
  ? (args: ArgsOf<Args>, ctx: DurableContext) => GetPromptResult | Promise<GetPromptResult>
  : (ctx: DurableContext) => GetPromptResult | Promise<GetPromptResult>;

type Read = ReadResourceResult | Promise<ReadResourceResult>;
export type DurableResourceCallback = (uri: URL, ctx: DurableContext) => Read;
export type DurableTemplateCallback = (uri: URL, variables: Variables, ctx: DurableContext) => Read;

/**
 * Fits wherever an `McpServer` is expected. The overloads with `never` cannot be called: they make the
 * compiler accept the methods as overrides of the SDK's, whose types of zod schemas differ between versions.
 */
export interface DurableMcpServer extends McpServer {
  /**
   * Like `McpServer.registerTool`, with `durability`, and with the durable context as the handler's last
   * argument.
   */
  registerTool<
    Output extends ZodShape | ZodSchema,
    Input extends undefined | ZodShape | ZodSchema = undefined,
  >(
    name: string,
    config: DurableToolConfig<Input, Output>,
    handler: DurableToolCallback<Input>,
  ): RegisteredTool;
  registerTool(name: string, config: never, handler: never): RegisteredTool;

  /** Like `McpServer.registerPrompt`, with the durable context. `prompts/get` is at-least-once. */
  registerPrompt<Args extends undefined | ZodShape = undefined>(
    name: string,
    config: DurablePromptConfig<Args>,
    handler: DurablePromptCallback<Args>,
  ): RegisteredPrompt;
  registerPrompt(name: string, config: never, handler: never): RegisteredPrompt;

  /** Like `McpServer.registerResource`, with the durable context. `resources/read` is at-least-once. */
  registerResource(
    name: string,
    uri: string,
    config: ResourceMetadata,
    handler: DurableResourceCallback,
  ): RegisteredResource;
  registerResource(
    name: string,
    template: ResourceTemplate,
    config: ResourceMetadata,
    handler: DurableTemplateCallback,
  ): RegisteredResourceTemplate;

  /** The `durability` with which the tool was registered. */
  durabilityOf(tool: string): Durability | undefined;

  /** The scopes that calls of a tool need, as `registerTool` returned it, whatever its name is now; `undefined` if none. */
  scopesOf(tool: object): ToolScopes | undefined;
}

export interface DurableServerOptions extends ServerOptions {
  /** Gets tokens for other services: `downstreamToken` in steps. */
  downstreamToken?: DownstreamToken;
}

export interface DurableMcpServerConstructor {
  /**
   * Declares the `logging` capability unless `options` say otherwise, since log messages are part of a
   * durable call.
   */
  new (serverInfo: Implementation, options?: DurableServerOptions): DurableMcpServer;
}
