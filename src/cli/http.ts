/** `durable-mcp http`: one HTTP node for one app. */
import { checkApp, unsupportedIn } from '../runtime/checkApp';
import { contextOf } from '../runtime/connection';
import { createLogger } from '../runtime/log';
import { createNode } from '../runtime/node';
import { connectBy, connectToOwn } from './connection';
import { loadApp } from './loadApp';
import type { CONNECTION, HTTP, ROLE, ValuesOf } from './options';
import { announceReady, askToConnect, askedToStop, supervisorStops, surviveStrayErrors } from './role';

/**
 * Under `dev` nobody else serves until `dev` has been started again, by hand. The official clients try twice, so far apart: what a stop, a look at
 * something else and a start take. (`stopItStartItAgain.test.ts`)
 */
const RESTART_MS = 6_000;

type HttpValues = ValuesOf<
  readonly [...typeof CONNECTION, ...typeof ROLE, ...typeof HTTP, 'awaitSupervisor']
>;

/** `args` are of the app's own command line. */
export async function runHttp(file: string, args: readonly string[], options: HttpValues): Promise<void> {
  const { awaitSupervisor: isSupervised } = options;
  const app = await loadApp(file, args);
  const own = isSupervised ? await askToConnect() : undefined;
  const log = createLogger('http');
  const temporal = own === undefined ? await connectBy(options) : await connectToOwn(own, options);
  surviveStrayErrors(log);
  const context = contextOf(temporal, options.taskQueue);
  await checkApp(app, `The app ${file}`, context);
  const unsupported = await unsupportedIn(app, `The app ${file}`, context);
  if (unsupported) console.error(unsupported);
  const { idleTtl: idleTtlMs, keepAlive: keepAliveMs, reconnectAfter: reconnectAfterMs } = options;
  const node = await createNode({ ...options, app, temporal, idleTtlMs, keepAliveMs, reconnectAfterMs, log });
  const stop = isSupervised ? supervisorStops() : askedToStop();
  announceReady(node.url);
  await stop;
  await node.close(isSupervised ? RESTART_MS : undefined);
  await temporal.close();
}
