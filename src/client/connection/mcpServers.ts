/** Several servers as one: their tools under one roof, each server up or down for itself. */
import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';
import { ConnectError } from '../errors';
import { connect } from './connect';
import type { McpConnection } from './mcpConnection';
import { alreadyClosed } from './requests';
import type { CallOptions, ConnectOptions, Target } from './options';
import { targetsOf, type ServersConfig } from './serversConfig';

/** Between the server's name and the tool's. */
const SEPARATOR = '__';

export class McpServers implements AsyncDisposable {
  /** Those that could not be reached, or whose entry is wrong, with the reason; tried again when they are used. */
  readonly failures = new Map<string, Error>();
  /** Those that are open or being opened, so that two calls at once open one. */
  private readonly connections = new Map<string, Promise<McpConnection>>();
  private isClosed = false;

  private constructor(
    private readonly targets: ReadonlyMap<string, Target | Error>,
    private readonly options: ConnectOptions,
  ) {}

  /**
   * Connects to each server of an `mcpServers` configuration: an object, its JSON, or the path of a file. One
   * that is down does not keep the others from serving.
   */
  static async fromConfig(config: string | ServersConfig, options: ConnectOptions = {}): Promise<McpServers> {
    const servers = new McpServers(await targetsOf(config), options);
    await Promise.all(servers.names.map((name) => servers.get(name).catch(() => undefined)));
    return servers;
  }

  get names(): string[] {
    return [...this.targets.keys()];
  }

  /** The connection to the server. @throws the reason for which there is none */
  get(name: string): Promise<McpConnection> {
    const opening = this.connections.get(name) ?? this.open(name);
    this.connections.set(name, opening);
    return opening;
  }

  private async open(name: string): Promise<McpConnection> {
    const target = this.targets.get(name);
    try {
      if (this.isClosed) throw alreadyClosed(name);
      if (!target) throw unknownServer(name, this.names);
      if (target instanceof Error) throw target;
      const connection = await connect(target, {
        ...this.options,
        namespace: `${this.options.namespace ?? 'default'}/${name}`,
      });
      this.failures.delete(name);
      return connection;
    } catch (error) {
      await Promise.resolve(); // until `get` has kept what is forgotten here
      this.connections.delete(name);
      if (target) this.failures.set(name, error as Error);
      throw error;
    }
  }

  /** The tools of all servers that are up, as `server__tool`. */
  async listTools(): Promise<Tool[]> {
    const lists = await Promise.all(
      this.names.map(async (name) => {
        try {
          const tools = await (await this.get(name)).listTools();
          return tools.map((tool) => ({ ...tool, name: `${name}${SEPARATOR}${tool.name}` }));
        } catch (error) {
          this.failures.set(name, error as Error);
          return [];
        }
      }),
    );
    return lists.flat();
  }

  /** `name`: as in {@link listTools}. */
  async callTool(
    name: string,
    args?: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<CallToolResult> {
    const server = await this.serverOf(name);
    return (await this.get(server)).callTool(name.slice(server.length + SEPARATOR.length), args, options);
  }

  /** Names may have the separator in them: of several that fit, the server that has the tool. */
  private async serverOf(name: string): Promise<string> {
    const fitting = this.names
      .filter((one) => name.startsWith(one + SEPARATOR))
      .sort((one, other) => other.length - one.length);
    const [longest] = fitting;
    if (longest === undefined) throw unknownServer(name, this.names);
    if (fitting.length === 1) return longest;
    for (const server of fitting) {
      const tools = await this.get(server).then(
        (connection) => connection.listTools(),
        () => [],
      );
      if (tools.some((tool) => server + SEPARATOR + tool.name === name)) return server;
    }
    return longest;
  }

  /** Lets go of all servers; their sessions stay. */
  async close(): Promise<void> {
    await this.closeAll((connection) => connection.close());
  }

  /** Ends all sessions. */
  async end(): Promise<void> {
    await this.closeAll((connection) => connection.end());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async closeAll(close: (connection: McpConnection) => Promise<void>): Promise<void> {
    this.isClosed = true;
    const open = [...this.connections.values()];
    await Promise.all(open.map((opening) => opening.then(close, () => undefined)));
  }
}

const unknownServer = (name: string, names: readonly string[]): ConnectError =>
  new ConnectError(`There is no server for ${name}; there are ${names.join(', ') || 'none'}.`, {
    phase: 'unsent',
    retryable: false,
  });
