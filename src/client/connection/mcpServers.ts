/** Several servers as one: their tools under one roof, each server up or down for itself. */
import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';
import { ConnectError } from '../errors';
import { connect } from './connect';
import type { McpConnection } from './mcpConnection';
import type { CallOptions, ConnectOptions, Target } from './options';
import { targetsOf, type ServersConfig } from './serversConfig';

/** Between the server's name and the tool's. */
const SEPARATOR = '__';

export class McpServers implements AsyncDisposable {
  /** Those that could not be reached, or whose entry is wrong, with the reason; tried again when they are used. */
  readonly failures = new Map<string, Error>();
  private readonly connections = new Map<string, McpConnection>();

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
  async get(name: string): Promise<McpConnection> {
    const open = this.connections.get(name);
    if (open) return open;
    const target = this.targets.get(name);
    try {
      if (!target) throw unknownServer(name, this.names);
      if (target instanceof Error) throw target;
      const connection = await connect(target, {
        ...this.options,
        namespace: `${this.options.namespace ?? 'default'}/${name}`,
      });
      this.connections.set(name, connection);
      this.failures.delete(name);
      return connection;
    } catch (error) {
      this.failures.set(name, error as Error);
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
    // The longest name that fits: a server's own may have the separator in it.
    const server = this.names
      .filter((one) => name.startsWith(one + SEPARATOR))
      .sort((one, other) => other.length - one.length)[0];
    if (server === undefined) throw unknownServer(name, this.names);
    return (await this.get(server)).callTool(name.slice(server.length + SEPARATOR.length), args, options);
  }

  /** Lets go of all servers; their sessions stay. */
  async close(): Promise<void> {
    await Promise.all([...this.connections.values()].map((connection) => connection.close()));
  }

  /** Ends all sessions. */
  async end(): Promise<void> {
    await Promise.all([...this.connections.values()].map((connection) => connection.end()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const unknownServer = (name: string, names: readonly string[]): ConnectError =>
  new ConnectError(`There is no server for ${name}; there are ${names.join(', ') || 'none'}.`, {
    phase: 'unsent',
    retryable: false,
  });
