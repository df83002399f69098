/** Building an author's server. An `app()` that never returns one must not keep its call, and with it its session, for ever. */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { SessionInfo } from '../protocol/session';
import type { App } from './app';

export const BUILD_WITHIN_MS = 10_000;

/** @throws what the app throws; Error if it takes too long; the reason of `signal`, which ends the wait (`slowApp.test.ts`) */
export async function build(app: App, session: SessionInfo, signal?: AbortSignal): Promise<McpServer> {
  signal?.throwIfAborted();
  let giveUp!: (reason: Error) => void;
  const givenUp = new Promise<never>((_resolve, reject) => (giveUp = reject));
  const late = setTimeout(() => {
    giveUp(
      new Error(
        `The app returned no server within ${BUILD_WITHIN_MS / 1_000} s; open databases and the like outside of its function.`,
      ),
    );
  }, BUILD_WITHIN_MS);
  const leave = () => {
    giveUp(signal?.reason as Error);
  };
  signal?.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([app(session), givenUp]);
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', leave);
  }
}
