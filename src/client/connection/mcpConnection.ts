/** A connection to one MCP server: what its tools, resources and prompts are, and their use. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type {
  CallToolResult,
  CompleteRequest,
  CompleteResult,
  GetPromptResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  Tool,
} from '@modelcontextprotocol/sdk/types.js';
import type { Implementation, InitializeResult, LoggingLevel } from '../../wire/messages';
import type { ConnectionState } from '../core/channel';
import type { DurableTransport } from '../core/durableTransport';
import type { Settings } from '../core/settings';
import { DurableStdioTransport } from '../stdio/durableStdioTransport';
import type { ProcessInfo } from '../stdio/stdioTransport';
import { CachedList } from './cachedList';
import type { CallOptions, ConnectOptions, ListName } from './options';
import { recoveredCalls, type RecoveredToolCall } from './recoveredCalls';
import { ToolCalls, type StartedCall } from './toolCalls';

/** What `reconnect` needs; as JSON it has no credentials. */
export interface ConnectedSession {
  readonly url?: string;
  /** Absent over stdio, and where the server gives out none. */
  readonly sessionId?: string;
  readonly protocolVersion: string;
  readonly initialize: InitializeResult;
  readonly capabilities: InitializeResult['capabilities'];
  readonly serverInfo: Implementation;
  readonly instructions?: string;
  /** Whether an earlier connection opened the session. */
  readonly restored: boolean;
  /** How many of its last requests the server joins to a repetition; 0: none. */
  readonly joins: number;
}

export class McpConnection implements AsyncDisposable {
  /** Why the connection is not as it should be. */
  lastError: Error | undefined;
  private readonly tools: CachedList<Tool>;
  private readonly prompts: CachedList<Prompt>;
  private readonly resources: CachedList<Resource>;
  private readonly templates: CachedList<ResourceTemplate>;
  private readonly calls: ToolCalls;
  private readonly subscriptions = new Set<string>();
  private logLevel: LoggingLevel | undefined;

  /** Use {@link connect}. */
  constructor(
    readonly name: string,
    /** The official client beneath, for what is not here. */
    readonly client: Client,
    private readonly transport: DurableTransport,
    private readonly settings: Settings,
    options: ConnectOptions,
    private readonly url?: string,
  ) {
    const caches = options.lists !== 'fetch';
    const limits = { timeout: settings.requestMs };
    this.tools = new CachedList(
      'tools',
      (cursor) =>
        client.listTools({ cursor }, limits).then(({ tools, nextCursor }) => ({ items: tools, nextCursor })),
      caches,
    );
    this.prompts = new CachedList(
      'prompts',
      (cursor) =>
        client
          .listPrompts({ cursor }, limits)
          .then(({ prompts, nextCursor }) => ({ items: prompts, nextCursor })),
      caches,
    );
    this.resources = new CachedList(
      'resources',
      (cursor) =>
        client
          .listResources({ cursor }, limits)
          .then(({ resources, nextCursor }) => ({ items: resources, nextCursor })),
      caches,
    );
    this.templates = new CachedList(
      'resource templates',
      (cursor) =>
        client
          .listResourceTemplates({ cursor }, limits)
          .then(({ resourceTemplates, nextCursor }) => ({ items: resourceTemplates, nextCursor })),
      caches,
    );
    this.calls = new ToolCalls(client, transport, settings, options.on?.progress);
  }

  get state(): ConnectionState {
    return this.transport.state;
  }

  get session(): ConnectedSession | undefined {
    const facts = this.transport.session;
    if (!facts) return undefined;
    const { id: sessionId, protocolVersion, initialize, restored, joins } = facts;
    const { capabilities, serverInfo, instructions } = initialize;
    return {
      url: this.url,
      sessionId,
      protocolVersion,
      initialize,
      capabilities,
      serverInfo,
      instructions,
      restored,
      joins,
    };
  }

  /** The server's process, over stdio. */
  get process(): ProcessInfo | undefined {
    return this.transport instanceof DurableStdioTransport ? this.transport.process : undefined;
  }

  /**
   * Calls a tool. Its own failure (`isError`) is a result. @throws OutcomeUnknown, RequestTimeout, Cancelled and
   * the others of {@link McpClientError}; McpError for a JSON-RPC error of the server
   */
  async callTool(
    name: string,
    args: Record<string, unknown> = {},
    options: CallOptions = {},
  ): Promise<CallToolResult> {
    await this.knowTools();
    return this.startTool(name, args, options).result;
  }

  /** Like {@link callTool}, with the call in hand. */
  startTool(name: string, args: Record<string, unknown> = {}, options: CallOptions = {}): StartedCall {
    return this.calls.start(name, args, options);
  }

  /** The calls that an earlier process left open, each with its result, once. */
  recovered(): AsyncIterable<RecoveredToolCall> {
    return recoveredCalls(this.transport.recovered);
  }

  listTools(): Promise<Tool[]> {
    return this.tools.get();
  }

  listPrompts(): Promise<Prompt[]> {
    return this.prompts.get();
  }

  listResources(): Promise<Resource[]> {
    return this.resources.get();
  }

  listResourceTemplates(): Promise<ResourceTemplate[]> {
    return this.templates.get();
  }

  readResource(uri: string): Promise<ReadResourceResult> {
    return this.client.readResource({ uri }, this.limits);
  }

  getPrompt(name: string, args?: Record<string, string>): Promise<GetPromptResult> {
    return this.client.getPrompt({ name, arguments: args }, this.limits);
  }

  complete(params: CompleteRequest['params']): Promise<CompleteResult> {
    return this.client.complete(params, this.limits);
  }

  /** Updates come to `on.resourceUpdated`, also after the session was lost and opened again. */
  async subscribe(uri: string): Promise<void> {
    await this.client.subscribeResource({ uri }, this.limits);
    this.subscriptions.add(uri);
  }

  async unsubscribe(uri: string): Promise<void> {
    this.subscriptions.delete(uri);
    await this.client.unsubscribeResource({ uri }, this.limits);
  }

  /** The least severe messages that the server sends to `on.log`. */
  async setLogLevel(level: LoggingLevel): Promise<void> {
    await this.client.setLoggingLevel(level, this.limits);
    this.logLevel = level;
  }

  /** @throws McpClientError if the server does not answer */
  async ping(): Promise<void> {
    await this.client.ping(this.limits);
  }

  /** Lets go of the server. Its session and the calls in flight stay, for the next connection. */
  async close(): Promise<void> {
    await this.transport.close();
  }

  /** Ends the session, and forgets it. */
  async end(): Promise<void> {
    await this.transport.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal The server said that a list changed. */
  changed(list: ListName): void {
    this[list].invalidate();
    if (list === 'resources') this.templates.invalidate();
  }

  /** @internal A new session knows nothing of what was said in the one before. */
  async reopened(): Promise<void> {
    (['tools', 'prompts', 'resources'] as const).forEach((list) => {
      this.changed(list);
    });
    const again = [...this.subscriptions].map((uri) => this.client.subscribeResource({ uri }, this.limits));
    const level = this.logLevel && this.client.setLoggingLevel(this.logLevel, this.limits);
    const done = await Promise.allSettled([...again, level]);
    for (const one of done)
      if (one.status === 'rejected')
        this.settings.warn('The new session lacks what was set in the one before.', one.reason);
  }

  private get limits(): { timeout: number } {
    return { timeout: this.settings.requestMs };
  }

  /** A server that joins no repetitions: what may be sent twice, its list says. */
  private async knowTools(): Promise<void> {
    const facts = this.transport.session;
    if (this.settings.resend !== 'safe' || !facts || facts.joins > 0 || !facts.initialize.capabilities.tools)
      return;
    await this.tools.get().catch(() => undefined);
  }
}
