/** `durable-mcp http`: one HTTP node for one app. */
import { unsupportedIn } from '../runtime/checkApp';
import { createNode } from '../runtime/node';
import { authBy, principalKeyBy, type AuthValues } from './authorization';
import type { HTTP, ValuesOf } from './options';
import { prepareRole, type RoleValues } from './prepareRole';
import { announceReady, askedToStop, supervisorStops } from './role';

/**
 * The reconnection delay that clients get when `dev` stops: no other node serves until the user starts `dev`
 * again. The official clients try twice, each time after this delay, which leaves enough time for a restart
 * by hand. (`stopItStartItAgain.test.ts`)
 */
const RESTART_MS = 6_000;

type HttpValues = RoleValues & AuthValues & ValuesOf<typeof HTTP>;

/** `args` is the app's own command line. */
export async function runHttp(file: string, args: readonly string[], options: HttpValues): Promise<void> {
  const { awaitSupervisor: isSupervised } = options;
  const access = { auth: authBy(options), principalKey: principalKeyBy(options) };
  const { app, name, temporal, context, log } = await prepareRole('http', file, args, options);
  const unsupported = await unsupportedIn(app, name, context);
  if (unsupported) console.error(unsupported);
  const node = await createNode({ ...nodeOptionsBy(options), ...access, app, temporal, log });
  const stop = isSupervised ? supervisorStops() : askedToStop();
  announceReady(node.url);
  await stop;
  await node.close(isSupervised ? RESTART_MS : undefined);
  await temporal.close();
}

const nodeOptionsBy = (options: HttpValues) => ({
  taskQueue: options.taskQueue,
  recovery: options.recovery,
  port: options.port,
  host: options.host,
  allowHost: options.allowHost,
  allowOrigin: options.allowOrigin,
  maxSessions: options.maxSessions,
  trustProxy: options.trustProxy,
  jsonResponses: options.jsonResponses,
  idleTtlMs: options.idleTtl,
  keepAliveMs: options.keepAlive,
  reconnectAfterMs: options.reconnectAfter,
  defaultDelivery: options.defaultDelivery,
  longPolls: options.longPolls,
});
