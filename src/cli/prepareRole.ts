/** The preparation that nodes and workers share: load the app, connect to Temporal, and try the app. */
import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';
import type { App } from '../mcp/app';
import { checkApp } from '../runtime/checkApp';
import { contextOf, type TemporalConnection } from '../runtime/connection';
import { createLogger } from '../runtime/log';
import type { AppContext } from '../temporal/appContext';
import { connectBy, connectToOwn } from './connection';
import { loadApp } from './loadApp';
import type { CONNECTION, ROLE, ValuesOf } from './options';
import { askToConnect, surviveStrayErrors } from './role';

/**
 * Lets V8 collect garbage as soon as the heap has grown by half. Where memory seems plenty, V8 would let it grow to
 * several times of what is in use. (docs/endurance.md)
 */
const HEAP_GROWTH = '--heap-growing-percent=50';

export type RoleValues = ValuesOf<readonly [...typeof CONNECTION, ...typeof ROLE, 'awaitSupervisor']>;

export interface PreparedRole {
  readonly app: App;
  /** The app's name in messages. */
  readonly name: string;
  readonly temporal: TemporalConnection;
  readonly context: AppContext;
  readonly log: Logger;
}

/** `args` is the app's own command line. @throws Error in one sentence */
export async function prepareRole(
  role: 'http' | 'worker',
  file: string,
  args: readonly string[],
  options: RoleValues,
): Promise<PreparedRole> {
  setFlagsFromString(HEAP_GROWTH);
  const name = `The app ${file}`;
  const app = await loadApp(file, args);
  const own = options.awaitSupervisor ? await askToConnect() : undefined;
  const log = createLogger(role);
  const temporal = own === undefined ? await connectBy(options) : await connectToOwn(own, options);
  surviveStrayErrors(log);
  const context = contextOf(temporal, options.taskQueue);
  await checkApp(app, name, context);
  return { app, name, temporal, context, log };
}
