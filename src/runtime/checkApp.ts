/** Builds an app's server at the start, so that mistakes show before the first client connects. */
import { appContext } from '../api/appContext';
import type { App } from '../mcp/app';
import { buildServer } from '../mcp/buildServer';
import { unsupportedBy } from '../mcp/initializedServer';
import { NoServer } from '../mcp/sdk/anyServer';
import { watchRegistering } from '../mcp/sdk/unknownTool';
import { ANONYMOUS, principalId } from '../wire/principal';
import type { SessionInfo } from '../wire/sessionInfo';
import { firstLine } from '../shared/firstLine';
import type { AppContext } from '../temporal/appContext';

const TRY_WITHIN_MS = 5_000;

/** The session of the trial, which no client has. */
const TRIAL: SessionInfo = {
  id: '00000000-0000-4000-8000-000000000000',
  principal: principalId(ANONYMOUS),
  protocolVersion: '2025-11-25',
  client: { name: 'durable-mcp', version: '0' },
  capabilities: {},
  state: {},
};

/** Apps that have passed: each app is tried once. */
const checked = new WeakSet<App>();

/**
 * Error messages call the app `name`. The app runs with access to its maps, since the tools that it registers
 * can depend on one. (`long/lessons.test.ts`)
 * @throws Error in one sentence if the app builds no server, or the same server each time
 */
export async function checkApp(app: App, name: string, context: AppContext): Promise<void> {
  if (checked.has(app)) return;
  await appContext.run(context, () => tryTwice(app, name));
  checked.add(app);
}

async function tryTwice(app: App, name: string): Promise<void> {
  const tryOnce = () =>
    buildServer(app, TRIAL).catch((error: unknown) => {
      if (error instanceof NoServer) throw new Error(error.message.replace('The app', name));
      throw new Error(`${name} failed to build its server: ${firstLine(error)}`, { cause: error });
    });
  const first = await tryOnce();
  const second = await tryOnce();
  watchRegistering(first);
  const isShared = first.isSameAs(second);
  for (const server of [first, second]) server.close(TRIAL.id);
  if (isShared) {
    throw new Error(
      `${name} returned the same server at two calls, and many calls run at once; build a new server inside of its function at each call.`,
    );
  }
}

/**
 * One line for the operator that names what the app declares and this product does not support. `undefined`
 * if there is nothing.
 */
export async function unsupportedIn(
  app: App,
  name: string,
  context: AppContext,
): Promise<string | undefined> {
  // An error is ignored here: it occurs again when a client opens a session, and is reported to that client.
  const declared = appContext.run(context, () => unsupportedBy(app, TRIAL));
  const names = await Promise.race([declared.catch(() => []), patience()]);
  if (names.length === 0) return undefined;
  return `${name} declares ${names.join(', ')}, which durable-mcp does not support yet: its clients are not told of it.`;
}

const patience = (): Promise<never[]> =>
  new Promise((resolve) => {
    setTimeout(() => {
      resolve([]);
    }, TRY_WITHIN_MS).unref();
  });
