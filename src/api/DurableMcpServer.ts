/** The SDK's `McpServer` with a delivery guarantee for each tool and the durable context for each handler. */
import {
  McpServer,
  type BaseToolCallback,
  type RegisteredPrompt,
  type RegisteredResource,
  type RegisteredResourceTemplate,
  type RegisteredTool,
  type ResourceMetadata,
  type ResourceTemplate,
  type ToolCallback,
  type AnySchema,
  type ShapeOutput,
  type ZodRawShapeCompat,
  AjvJsonSchemaValidator,
  type JsonSchemaValidator,
  type Variables,
  type ServerOptions,
  type Transport,
  type RequestHandlerExtra,
} from '../mcp/sdk/v1';
import type {
  CallToolResult,
  GetPromptResult,
  Implementation,
  ReadResourceResult,
  ServerNotification,
  ServerRequest,
  ToolAnnotations,
} from '../mcp/protocol';
import { durableContext } from './runningCall';
import type { DurableContext } from './context';
import { checkDurability, type Durability } from './durability';
import { answerSubscriptions } from '../mcp/sdk/answerSubscriptions';

export type DurableToolCallback<Args extends undefined | ZodRawShapeCompat | AnySchema> = BaseToolCallback<
  CallToolResult,
  DurableContext,
  Args
>;

export interface DurableToolConfig<
  InputArgs extends undefined | ZodRawShapeCompat | AnySchema,
  OutputArgs extends ZodRawShapeCompat | AnySchema,
> {
  title?: string;
  description?: string;
  inputSchema?: InputArgs;
  outputSchema?: OutputArgs;
  annotations?: ToolAnnotations;
  _meta?: Record<string, unknown>;
  /** How the tool's calls are delivered; see the README's table of guarantees. */
  durability?: Durability;
}

export interface DurablePromptConfig<Args extends undefined | ZodRawShapeCompat> {
  title?: string;
  description?: string;
  argsSchema?: Args;
}

export type DurablePromptCallback<Args extends undefined | ZodRawShapeCompat> = Args extends ZodRawShapeCompat
  ? (args: ShapeOutput<Args>, ctx: DurableContext) => GetPromptResult | Promise<GetPromptResult>
  : (ctx: DurableContext) => GetPromptResult | Promise<GetPromptResult>;

type Read = ReadResourceResult | Promise<ReadResourceResult>;
export type DurableResourceCallback = (uri: URL, ctx: DurableContext) => Read;
export type DurableTemplateCallback = (uri: URL, variables: Variables, ctx: DurableContext) => Read;

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/**
 * The SDK's own validator, made when it is first needed: making one takes nearly all of the time that a server's construction
 * takes, and a server is constructed for each request.
 */
const jsonSchemaValidator: JsonSchemaValidator = {
  getValidator: (schema) => new AjvJsonSchemaValidator().getValidator(schema),
};

export class DurableMcpServer extends McpServer {
  private readonly durabilities = new Map<string, Durability>();

  /** Log messages are part of a durable call, so the server declares the `logging` capability unless told otherwise. */
  constructor(serverInfo: Implementation, options: ServerOptions = {}) {
    super(serverInfo, {
      jsonSchemaValidator,
      ...options,
      capabilities: { logging: {}, ...options.capabilities },
    });
  }

  /** By now the author has registered all that the server has: one with resources answers subscriptions. */
  override async connect(transport: Transport): Promise<void> {
    answerSubscriptions(this);
    await super.connect(transport);
  }

  /** What the tool's author said of its delivery. */
  durabilityOf(tool: string): Durability | undefined {
    return this.durabilities.get(tool);
  }

  /** As `McpServer.registerTool`, with `durability`, and with the durable context as the handler's last argument. */
  override registerTool<
    OutputArgs extends ZodRawShapeCompat | AnySchema,
    InputArgs extends undefined | ZodRawShapeCompat | AnySchema = undefined,
  >(
    name: string,
    config: DurableToolConfig<InputArgs, OutputArgs>,
    handler: DurableToolCallback<InputArgs>,
  ): RegisteredTool {
    const { durability = {}, ...sdkConfig } = config;
    checkDurability(name, durability, config.annotations); // says at once, not at the first call, what is wrong
    const tool = super.registerTool(name, sdkConfig, this.withContext(handler) as ToolCallback<InputArgs>);
    this.durabilities.set(name, durability);
    return tool;
  }

  /** As `McpServer.registerPrompt`, with the durable context. A prompt is got at least once. */
  override registerPrompt<Args extends undefined | ZodRawShapeCompat = undefined>(
    name: string,
    config: DurablePromptConfig<Args>,
    handler: DurablePromptCallback<Args>,
  ): RegisteredPrompt {
    return super.registerPrompt(name, config as object, this.withContext(handler));
  }

  /** As `McpServer.registerResource`, with the durable context. A resource is read at least once. */
  override registerResource(
    name: string,
    uri: string,
    config: ResourceMetadata,
    handler: DurableResourceCallback,
  ): RegisteredResource;
  override registerResource(
    name: string,
    template: ResourceTemplate,
    config: ResourceMetadata,
    handler: DurableTemplateCallback,
  ): RegisteredResourceTemplate;
  override registerResource(
    name: string,
    where: string | ResourceTemplate,
    config: ResourceMetadata,
    handler: DurableResourceCallback | DurableTemplateCallback,
  ): RegisteredResource | RegisteredResourceTemplate {
    const read = this.withContext(handler);
    return typeof where === 'string'
      ? super.registerResource(name, where, config, read)
      : super.registerResource(name, where, config, read);
  }

  /** The SDK gives every handler its `extra` as the last argument; here it becomes the durable context. */
  private withContext<Result>(handler: (...args: never[]) => Result): (...args: unknown[]) => Result {
    const call = handler as (...args: unknown[]) => Result;
    return (...args) =>
      call(...args.slice(0, -1), durableContext(args[args.length - 1] as Extra, this.server));
  }
}
