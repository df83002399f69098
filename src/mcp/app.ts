/**
 * The app of an author: a function that builds the server of one session. It runs for nearly every request,
 * so keep it cheap.
 */
import type { SessionInfo } from '../wire/sessionInfo';

/** `McpServer` or the low-level `Server`, of SDK 1.10 to 2.x, or another object with the same `connect`. */
interface Connectable {
  connect(transport: never): Promise<void>;
}

/** `cleanup` is called with the session id when the server is closed. */
export type AppServer =
  Connectable | { readonly server: Connectable; readonly cleanup?: (sessionId: string) => unknown };

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
export type App = (session: SessionInfo) => AppServer | Promise<AppServer>;
