/**
 * Builds an author's server. An `app()` that never returns must not block its call, and thereby its session,
 * for ever.
 */
import type { SessionInfo } from '../wire/sessionInfo';
import type { App } from './app';
import { AppFault } from './appFault';
import { AnyServer } from './sdk/anyServer';

const BUILD_WITHIN_MS = 10_000;

/** @throws the app's error, AppFault if the app takes too long (`slowApp.test.ts`), or NoServer */
export async function buildServer(app: App, session: SessionInfo): Promise<AnyServer> {
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => {
      const text = `The app returned no server within ${BUILD_WITHIN_MS / 1_000} s; open databases and the like outside of its function.`;
      reject(new AppFault(text));
    }, BUILD_WITHIN_MS);
  });
  try {
    return AnyServer.of(await Promise.race([app(session), tooLate]));
  } finally {
    clearTimeout(late);
  }
}
