/** What an author writes: a function that builds the server of one session. It is called for nearly every request, so keep it cheap. */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { SessionInfo } from '../protocol/session';

/**
 * The default export of an app module. Must return a **new** server at each call; open databases and the like outside of it.
 *
 * @example
 * export default function app(session: SessionInfo) {
 *   const server = new DurableMcpServer({ name: 'shop', version: '1.0.0' });
 *   …
 *   return server;
 * }
 */
export type App = (session: SessionInfo) => McpServer | Promise<McpServer>;
