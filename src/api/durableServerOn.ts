/**
 * Creates the `DurableMcpServer` class over the copy of the SDK that the author's code imports: the CommonJS
 * or the ES module.
 */
import type { McpError, McpServer, RequestHandlerExtra, Transport } from '../mcp/sdk/v1';
import type { Implementation, ServerNotification, ServerRequest, ToolAnnotations } from '../mcp/sdk/v1';
import { answerSubscriptions } from '../mcp/sdk/answerSubscriptions';
import { lazyJsonSchemaValidator } from '../mcp/lazyJsonSchemaValidator';
import { checkScopes } from './toolScopes';
import { durableContext } from './runningCall';
import { checkDurability } from './policyFrom';
import type { Durability } from './durability';
import type { DownstreamToken } from './downstreamTokens';
import type { DurableMcpServerConstructor, DurableServerOptions, ToolScopes } from './durableServer';

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;
type Handler = (...args: unknown[]) => unknown;

interface ToolConfig {
  durability?: Durability;
  annotations?: ToolAnnotations;
  scopes?: readonly string[];
  hiddenWithoutScopes?: boolean;
}

export interface AuthorsSdk {
  readonly McpServer: typeof McpServer;
  /** The class that the author's code uses in `instanceof McpError`. */
  readonly McpError: typeof McpError;
}

export function durableServerOn(sdk: AuthorsSdk): DurableMcpServerConstructor {
  class DurableMcpServer extends sdk.McpServer {
    private readonly durabilities = new Map<string, Durability>();
    private readonly scopes = new WeakMap<object, ToolScopes>();
    private readonly downstreamToken: DownstreamToken | undefined;

    constructor(serverInfo: Implementation, { downstreamToken, ...options }: DurableServerOptions = {}) {
      super(serverInfo, {
        jsonSchemaValidator: lazyJsonSchemaValidator,
        ...options,
        capabilities: { logging: {}, ...options.capabilities },
      });
      this.downstreamToken = downstreamToken;
    }

    /**
     * At this point the author has registered everything, so a server with resources can begin to answer
     * subscriptions.
     */
    override async connect(transport: Transport): Promise<void> {
      answerSubscriptions(this);
      await super.connect(transport);
    }

    durabilityOf(tool: string): Durability | undefined {
      return this.durabilities.get(tool);
    }

    scopesOf(tool: object): ToolScopes | undefined {
      return this.scopes.get(tool);
    }

    override registerTool(name: string, config: ToolConfig, handler: unknown) {
      const { durability = {}, scopes, hiddenWithoutScopes: hidden = false, ...sdkConfig } = config;
      checkScopes(name, scopes, hidden);
      checkDurability(name, durability, config.annotations); // fails at the registration, not at the first call
      const tool = super.registerTool(name, sdkConfig, this.withContext(handler) as never);
      this.durabilities.set(name, durability);
      if (scopes) this.scopes.set(tool, { scopes, hidden });
      return tool;
    }

    override registerPrompt(name: string, config: object, handler: unknown) {
      return super.registerPrompt(name, config, this.withContext(handler) as never);
    }

    override registerResource(name: string, where: never, config: never, handler: unknown) {
      return super.registerResource(name, where, config, this.withContext(handler) as never) as never;
    }

    /** Replaces the SDK's `extra`, the last argument of every handler, by the durable context. */
    private withContext(handler: unknown): Handler {
      return (...args) =>
        (handler as Handler)(
          ...args.slice(0, -1),
          durableContext(args[args.length - 1] as Extra, this.server, sdk.McpError, this.downstreamToken),
        );
    }
  }
  return DurableMcpServer as unknown as DurableMcpServerConstructor;
}
