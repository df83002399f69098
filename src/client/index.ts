/**
 * `durable-mcp/client`: an MCP client that forgets nothing. Sessions are kept in stores, calls survive the
 * client's death, over Streamable HTTP and stdio.
 *
 * @example
 * const shop = await connect('https://example.com/mcp', { store: fileStore('.mcp') });
 * for await (const { key, result } of shop.recovered()) console.log(key, await result);
 * await shop.callTool('charge', { cents: 500 }, { key: 'order-7' });
 * await shop.close(); // the session stays
 *
 * @module durable-mcp/client
 */
export { connect, reconnect, type KnownSession } from './connection/connect';
export { McpServers } from './connection/mcpServers';
export type { ServersConfig } from './connection/serversConfig';
export { McpConnection, type ConnectedSession } from './connection/mcpConnection';
export type {
  CallOptions,
  ConnectOptions,
  Handlers,
  HttpTarget,
  ListName,
  Target,
} from './connection/options';
export type { RecoveredToolCall } from './connection/recoveredCalls';
export type { StartedCall } from './connection/toolCalls';
export type { ConnectionState, SessionFacts } from './core/channel';
export type { RecoveredCall } from './core/recovery';
export type { Duration } from '../shared/duration';
export type { ClientSettings, ResendCall } from './core/settings';
export * from './errors';
export { DurableHttpTransport } from './http/durableHttpTransport';
export type { DurableHttpOptions, TokenSource } from './http/options';
export { DurableStdioTransport, type DurableStdioOptions } from './stdio/durableStdioTransport';
export { StdioTransport } from './stdio/stdioTransport';
export type { StdioTarget } from './stdio/target';
export { withCodec, type Codec } from './store/codec';
export { fileStore } from './store/file';
export { memoryStore } from './store/memory';
export { redisStore, type RedisClient, type RedisStoreOptions } from './store/redis';
export { temporalStore, type TemporalStoreOptions } from './store/temporal';
export type { Entry, SessionStore, Write } from './store/store';
