/** A map that all sessions of an app share, kept by Temporal alone. */
import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { bytesOf } from '../protocol/bytes';
import {
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
} from '../protocol/map';
import { WORKFLOW_TASK_TIMEOUT } from '../temporal/connect';
import { LimitExceeded } from '../server/errors';
import { homeOf, operationId, type SharedOptions } from './home';
import { inTurn } from './turns';

/**
 * Values are kept as JSON. A write is durable when it resolves, and parallel ones lose nothing. In a handler a retried attempt does
 * not write the same again, so it does not overwrite what others wrote in between, unless more than 1,000 writes to the map came in
 * between: put it into a step of a call that waits for long.
 */
export interface DurableMap<T> {
  insert(key: string, value: T): Promise<void>;
  /** `undefined` if the key is not there. */
  get(key: string): Promise<T | undefined>;
  /** Whether the key was there. */
  remove(key: string): Promise<boolean>;
  /** In the order of keys, by UTF-16 code units. */
  range(options?: RangeOptions): Promise<[key: string, value: T][]>;
}

/**
 * The map of that name. There is nothing to open or to close: a map that was never written to is empty.
 *
 * Limits: 10,000 entries and 1.5 MB in all, keys of 1 to 256 bytes, values of 64 KB as JSON. @throws LimitExceeded beyond them.
 */
export function durableMap<T>(name: string, options?: SharedOptions): DurableMap<T> {
  if (name.includes('/') || outside(name, MAP_LIMIT.nameBytes))
    throw new LimitExceeded(
      `The map's name ${short(name)} is not valid; give it 1 to ${MAP_LIMIT.nameBytes} bytes without a slash.`,
    );
  return {
    async insert(key, value) {
      // With its value: a handler that is tried again and inserts another one is heard. (`sameWorld.test.ts`)
      const id = operationId(`insert ${JSON.stringify([name, key, asJson(value)])}`);
      guardKey(key);
      guardValue(key, value);
      await write<Insert>(name, options, INSERT_UPDATE, id, { key, value });
    },
    async remove(key) {
      const id = operationId(`remove ${JSON.stringify([name, key])}`);
      guardKey(key);
      return write<Remove>(name, options, REMOVE_UPDATE, id, { key });
    },
    async get(key) {
      guardKey(key);
      return read<T | undefined, [string]>(name, options, undefined, GET_QUERY, key);
    },
    async range(which = {}) {
      const { limit = MAP_LIMIT.range } = which;
      if (!Number.isInteger(limit) || limit < 1 || limit > MAP_LIMIT.range)
        throw new LimitExceeded(
          `The limit ${limit} of a range is not between 1 and ${MAP_LIMIT.range}; read on from the last key instead.`,
        );
      return read<[string, T][], [RangeOptions]>(name, options, [], RANGE_QUERY, which);
    },
  };
}

async function write<Payload>(
  name: string,
  options: SharedOptions | undefined,
  update: string,
  updateId: string,
  payload: Payload,
): Promise<boolean> {
  const { client, taskQueue } = await homeOf(options);
  const workflowId = mapWorkflowIdOf(taskQueue, name);
  const start = new WithStartWorkflowOperation<(input: MapInput) => Promise<void>>(MAP_WORKFLOW, {
    workflowId,
    taskQueue,
    args: [{ entries: [], writes: [] }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    staticSummary: `The map ${name}`,
  });
  try {
    return await inTurn(workflowId, () =>
      client.executeUpdateWithStart<(input: MapInput) => Promise<void>, boolean, [Payload]>(update, {
        updateId,
        args: [payload],
        startWorkflowOperation: start,
      }),
    );
  } catch (error) {
    const { cause } = error as { cause?: { type?: unknown; message?: string } };
    if (error instanceof WorkflowUpdateFailedError && cause?.type === REFUSED)
      throw new LimitExceeded(cause.message);
    throw error;
  }
}

async function read<Answer, Args extends unknown[]>(
  name: string,
  options: SharedOptions | undefined,
  empty: Answer,
  query: string,
  ...args: Args
): Promise<Answer> {
  const { client, taskQueue } = await homeOf(options);
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
