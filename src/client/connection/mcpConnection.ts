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
import { alreadyClosed, limited, type RequestOptions } from './requests';
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
  private knowing: Promise<unknown> | undefined;

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
    // A process that shares a session need not be the one that hears of changes.
    const caches = options.lists !== 'fetch' && !settings.shared;
    const list = <T>(
      what: string,
      fetchPage: (
        cursor: string | undefined,
        limits: RequestOptions,
      ) => Promise<{ items: T[]; nextCursor?: string }>,
    ) =>
      new CachedList<T>(
        what,
        (cursor) => this.ask(`The list of ${what}`, (limits) => fetchPage(cursor, limits)),
        caches,
      );
    this.tools = list('tools', async (cursor, limits) => {
      const { tools: items, nextCursor } = await client.listTools({ cursor }, limits);
      return { items, nextCursor };
    });
    this.prompts = list('prompts', async (cursor, limits) => {
      const { prompts: items, nextCursor } = await client.listPrompts({ cursor }, limits);
      return { items, nextCursor };
    });
    this.resources = list('resources', async (cursor, limits) => {
      const { resources: items, nextCursor } = await client.listResources({ cursor }, limits);
      return { items, nextCursor };
    });
    this.templates = list('resource templates', async (cursor, limits) => {
      const { resourceTemplates: items, nextCursor } = await client.listResourceTemplates({ cursor }, limits);
      return { items, nextCursor };
    });
    this.calls = new ToolCalls(client, transport, settings, options.on?.progress, () => this.knowTools());
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
    return this.startTool(name, args, options).result;
  }

  /** Like {@link callTool}, with the call in hand. */
  startTool(name: string, args: Record<string, unknown> = {}, options: CallOptions = {}): StartedCall {
    this.assertOpen();
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
    return this.ask(`The resource ${uri}`, (limits) => this.client.readResource({ uri }, limits));
  }

  getPrompt(name: string, args?: Record<string, string>): Promise<GetPromptResult> {
    return this.ask(`The prompt ${name}`, (limits) =>
      this.client.getPrompt({ name, arguments: args }, limits),
    );
  }

  complete(params: CompleteRequest['params']): Promise<CompleteResult> {
    return this.ask('A completion', (limits) => this.client.complete(params, limits));
  }

  /** Updates come to `on.resourceUpdated`, also after the session was lost and opened again. */
  async subscribe(uri: string): Promise<void> {
    await this.sendSubscribe(uri);
    this.subscriptions.add(uri);
  }

  async unsubscribe(uri: string): Promise<void> {
    this.subscriptions.delete(uri);
    await this.ask(`The end of the subscription to ${uri}`, (limits) =>
      this.client.unsubscribeResource({ uri }, limits),
    );
  }

  /** The least severe messages that the server sends to `on.log`. */
  async setLogLevel(level: LoggingLevel): Promise<void> {
    await this.sendLogLevel(level);
    this.logLevel = level;
  }

  /** @throws McpClientError if the server does not answer */
  async ping(): Promise<void> {
    await this.ask('A ping', (limits) => this.client.ping(limits));
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
    if (list === 'tools') this.knowing = undefined;
  }

  /** @internal A new session knows nothing of what was said in the one before. */
  async reopened(): Promise<void> {
    (['tools', 'prompts', 'resources'] as const).forEach((list) => {
      this.changed(list);
    });
    const again = [...this.subscriptions].map((uri) => this.sendSubscribe(uri));
    const level = this.logLevel && this.sendLogLevel(this.logLevel);
    const done = await Promise.allSettled([...again, level]);
    for (const one of done)
      if (one.status === 'rejected')
        this.settings.warn('The new session lacks what was set in the one before.', one.reason);
  }

  /** @throws RequestTimeout, Cancelled after {@link close} */
  private ask<T>(what: string, request: (options: RequestOptions) => Promise<T>): Promise<T> {
    return limited(what, this.settings.requestMs, async (options) => {
      this.assertOpen();
      return request(options);
    });
  }

  private assertOpen(): void {
    if (this.state === 'closing' || this.state === 'closed') throw alreadyClosed(this.name);
  }

  private sendSubscribe(uri: string): Promise<unknown> {
    return this.ask(`The subscription to ${uri}`, (limits) => this.client.subscribeResource({ uri }, limits));
  }

  private sendLogLevel(level: LoggingLevel): Promise<unknown> {
    return this.ask('The level of the log', (limits) => this.client.setLoggingLevel(level, limits));
  }

  /** A server that joins no repetitions: what may be sent twice, its list says. It is read once. */
  private async knowTools(): Promise<void> {
    const facts = this.transport.session;
    if (this.settings.resend !== 'safe' || !facts || facts.joins > 0 || !facts.initialize.capabilities.tools)
      return;
    this.knowing ??= this.tools.get();
    await this.knowing.catch(() => (this.knowing = undefined));
  }
}
