/** A map that all sessions of an app share. Its only store is Temporal. */
import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { bytesOf } from '../wire/bytes';
import {
  CHANGED,
  GET_QUERY,
  INSERT_UPDATE,
  MAP_LIMIT,
  MAP_WORKFLOW,
  RANGE_QUERY,
  REFUSED,
  REMOVE_UPDATE,
  mapWorkflowIdOf,
  type Insert,
  type MapInput,
  type RangeOptions,
  type Remove,
} from '../wire/map';
import { asCode } from '../wire/markdown';
import { WORKFLOW_TASK_TIMEOUT } from '../temporal/connect';
import { runningCall } from './runningCall';
import { LimitExceeded } from './errors';
import { resolveTemporal, operationId } from './appContext';
import type { Jsonify } from './jsonify';
import type { SharedOptions } from './sharedOptions';
import { perWorkflowLimiter } from '../shared/limiter';

/**
 * A shared map. Values are kept as JSON. A write is durable when it resolves, and concurrent writes to
 * different keys are all kept. In a handler, a retried attempt does not repeat its writes, so it does not
 * overwrite what others wrote in between, unless more than 1,000 writes to the map came in between: if the
 * call waits for long, write inside a step. Reads are not recorded: read inside a step if the handler's
 * further steps depend on the value.
 */
export interface DurableMap<T> {
  /** Overwrites the writes of others: use `update` if the new value depends on the old one. */
  set(key: string, value: T): Promise<void>;
  /** `undefined` if the map does not have the key. */
  get(key: string): Promise<Jsonify<T> | undefined>;
  has(key: string): Promise<boolean>;
  /** Resolves with whether the map had the key. */
  delete(key: string): Promise<boolean>;
  /**
   * Compare-and-set: writes the result of `change` for the newest value, if nothing else has written the key
   * meanwhile; otherwise tries again. `change` may run several times and must have no effects; `undefined`
   * deletes the key. Resolves with the written value. In a handler, an update is a step.
   */
  update(
    key: string,
    change: (now: Jsonify<T> | undefined) => T | undefined,
  ): Promise<Jsonify<T> | undefined>;
  /** Entries in the order of their keys, by UTF-16 code units. */
  entries(options?: RangeOptions): Promise<[key: string, value: Jsonify<T>][]>;
  /** @deprecated The former name of `set`. */
  insert(key: string, value: T): Promise<void>;
  /** @deprecated The former name of `delete`. */
  remove(key: string): Promise<boolean>;
  /** @deprecated The former name of `entries`. */
  range(options?: RangeOptions): Promise<[key: string, value: Jsonify<T>][]>;
}

/**
 * The map of this name. A map needs no opening and no closing: one that was never written to is empty.
 *
 * Limits: 10,000 entries and 1.5 MB in all, keys of 1 to 256 bytes, values of 64 KB as JSON.
 * @throws LimitExceeded beyond these limits
 */
export function durableMap<T>(name: string, options?: SharedOptions): DurableMap<T> {
  if (name.includes('/') || outside(name, MAP_LIMIT.nameBytes))
    throw new LimitExceeded(
      `The map's name ${short(name)} is not valid; give it 1 to ${MAP_LIMIT.nameBytes} bytes without a slash.`,
    );
  // The operation ids are in histories, so they keep the method names of version 0.2: `insert` and `remove`.
  const map: Omit<DurableMap<T>, 'insert' | 'remove' | 'range'> = {
    async set(key, value) {
      const id = operationId(`insert ${JSON.stringify([name, key])}`, asJson(value) ?? '');
      guardKey(key);
      guardValue(key, value);
      await write<Insert>(name, options, INSERT_UPDATE, id, { key, value });
    },
    async delete(key) {
      const id = operationId(`remove ${JSON.stringify([name, key])}`);
      guardKey(key);
      return write<Remove>(name, options, REMOVE_UPDATE, id, { key });
    },
    async update(key, change) {
      guardKey(key);
      const what = `update ${JSON.stringify([name, key])}`;
      const plan = async () => {
        const is = await get(key);
        return { is, value: change(is) };
      };
      // The planned write is recorded before it is sent: a later attempt then sends the same write under the
      // same id.
      for (;;) {
        const { is, value } = await (runningCall.getStore()?.once(what, plan) ?? plan());
        if (await swap(name, options, operationId(what), { key, value, expected: { is } }))
          return throughJson(value);
      }
    },
    get,
    has: async (key) => (await get(key)) !== undefined,
    async entries(which = {}) {
      const { limit = MAP_LIMIT.range } = which;
      if (!Number.isInteger(limit) || limit < 1 || limit > MAP_LIMIT.range)
        throw new LimitExceeded(
          `The limit ${limit} of a range is not between 1 and ${MAP_LIMIT.range}; read on from the last key instead.`,
        );
      return read<[string, Jsonify<T>][], [RangeOptions]>(name, options, [], RANGE_QUERY, which);
    },
  };
  async function get(key: string): Promise<Jsonify<T> | undefined> {
    guardKey(key);
    return read<Jsonify<T> | undefined, [string]>(name, options, undefined, GET_QUERY, key);
  }
  return { ...map, insert: map.set, remove: map.delete, range: map.entries };
}

/** Converts a value as JSON does: outside of calls, `once` has not done so. */
const throughJson = <T>(value: T | undefined): Jsonify<T> | undefined =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Jsonify<T>);

/** Resolves with whether the value was written: the key had the expected value. */
async function swap(
  name: string,
  options: SharedOptions | undefined,
  id: string,
  change: Insert,
): Promise<boolean> {
  const { key, value, expected } = change;
  if (value !== undefined) guardValue(key, value);
  try {
    if (value === undefined) await write<Remove>(name, options, REMOVE_UPDATE, id, { key, expected });
    else await write<Insert>(name, options, INSERT_UPDATE, id, change);
    return true;
  } catch (error) {
    if (isRefusal(error, CHANGED)) return false;
    throw error;
  }
}

async function write<Payload>(
  name: string,
  options: SharedOptions | undefined,
  update: string,
  updateId: string,
  payload: Payload,
): Promise<boolean> {
  const { client, taskQueue } = await resolveTemporal(options);
  const workflowId = mapWorkflowIdOf(taskQueue, name);
  const start = new WithStartWorkflowOperation<(input: MapInput) => Promise<void>>(MAP_WORKFLOW, {
    workflowId,
    taskQueue,
    args: [{ entries: [], writes: [] }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    staticSummary: `The map ${asCode(name)}`,
  });
  try {
    return await perWorkflowLimiter(workflowId, () =>
      client.executeUpdateWithStart<(input: MapInput) => Promise<void>, boolean, [Payload]>(update, {
        updateId,
        args: [payload],
        startWorkflowOperation: start,
      }),
    );
  } catch (error) {
    throw isRefusal(error, REFUSED) ? new LimitExceeded(error.cause.message) : error;
  }
}

const isRefusal = (error: unknown, type: string): error is Error & { readonly cause: Error } =>
  error instanceof WorkflowUpdateFailedError &&
  error.cause instanceof ApplicationFailure &&
  error.cause.type === type;

async function read<Answer, Args extends unknown[]>(
  name: string,
  options: SharedOptions | undefined,
  empty: Answer,
  query: string,
  ...args: Args
): Promise<Answer> {
  const { client, taskQueue } = await resolveTemporal(options);
  try {
    return await client.getHandle(mapWorkflowIdOf(taskQueue, name)).query<Answer, Args>(query, ...args);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return empty;
    throw error;
  }
}

function guardKey(key: string): void {
  if (outside(key, MAP_LIMIT.keyBytes))
    throw new LimitExceeded(`The key ${short(key)} is not valid; give it 1 to ${MAP_LIMIT.keyBytes} bytes.`);
}

function guardValue(key: string, value: unknown): void {
  const json = asJson(value);
  if (json === undefined)
    throw new LimitExceeded(`The value for the key ${short(key)} is not JSON; give it one that is.`);
  if (bytesOf(json) > MAP_LIMIT.valueBytes)
    throw new LimitExceeded(
      `The value for the key ${short(key)} has ${bytesOf(json)} bytes as JSON and ${MAP_LIMIT.valueBytes} are the limit; insert a reference to it instead.`,
    );
}

function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const outside = (text: string, bytes: number): boolean => text === '' || bytesOf(text) > bytes;

const short = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
