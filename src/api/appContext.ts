/**
 * Finds the Temporal client and the task queue for an app's maps and notifications. Nodes and workers, which
 * run the author's code, provide theirs; any other process connects by itself.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { resolveConnection } from '../temporal/configuration';
import { connect } from '../temporal/connect';
import type { TemporalNamespace } from '../temporal/target';
import { DEFAULT_TASK_QUEUE, appContextOf, type AppContext } from '../temporal/appContext';
import { runningCall } from './runningCall';
import { StepMisuse } from './errors';
import type { SharedOptions } from './sharedOptions';

/** A global symbol, as for the running call: an app may have its own copy of this package. */
const KEY = Symbol.for('durable-mcp.home');
const globals = globalThis as { [KEY]?: AsyncLocalStorage<AppContext> };
export const appContext = (globals[KEY] ??= new AsyncLocalStorage<AppContext>());

/**
 * Whether this process runs calls. Code without a context then belongs to a call that has lost its context,
 * or cannot be told from such code.
 */
let isWorker = false;
export const runsCalls = (): void => void (isWorker = true);

export async function resolveTemporal({ temporal }: SharedOptions = {}): Promise<AppContext> {
  const own = appContext.getStore();
  runningCall.getStore()?.promote?.();
  const { address, namespace, taskQueue } = temporal ?? {};
  if (!own && isWorker && address === undefined)
    throw new StepMisuse(
      'A map or a notification was used where the context of its call is lost (a callback of a pool, or of an old driver): bind the callback with AsyncResource.bind, or, outside of any call, give { temporal: { address } }.',
    );
  if (own && address === undefined && namespace === undefined)
    return { client: own.client, taskQueue: taskQueue ?? own.taskQueue };
  const client = await connectOnce(resolveConnection({ address, namespace }));
  return appContextOf(client, taskQueue ?? DEFAULT_TASK_QUEUE);
}

/** One connection per namespace. Connections do not keep the process alive. */
const clients = new Map<string, Promise<Client>>();

function connectOnce(target: TemporalNamespace): Promise<Client> {
  const key = JSON.stringify([target.address, target.namespace]);
  const known = clients.get(key);
  if (known) return known;
  const client = connect(target);
  clients.set(key, client);
  client.catch(() => clients.delete(key)); // so that the next use connects anew
  return client;
}

/**
 * An id for an effect: the same at every attempt of the running call, a new one outside of calls. Must be
 * taken before the first `await`, so that the order of ids follows the author's code.
 */
export const operationId = (what: string, content?: unknown): string =>
  runningCall.getStore()?.operationId(what, content) ?? randomUUID();
