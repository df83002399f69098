/**
 * Keeps entries in Temporal: one workflow for each group (workflows/clientStore), which every worker of
 * durable-mcp runs. Needs no other storage where a program uses Temporal anyway.
 */
import { randomUUID } from 'node:crypto';
import type * as temporalClient from '@temporalio/client';
import { jsonBytes } from '../../wire/bytes';
import * as wire from '../../wire/clientStore';
import { perWorkflowLimiter } from '../../shared/limiter';
import { reach, storeError } from './reach';
import type { SessionStore } from './store';

export interface TemporalStoreOptions {
  /** The task queue of the workers that run the store's workflows. Default: `durable-mcp`. */
  readonly taskQueue?: string;
  /** The beginning of every workflow id. Default: `mcp-client-`. */
  readonly prefix?: string;
}

type StoreWorkflow = (input: wire.ClientStoreInput) => Promise<void>;
type Temporal = typeof temporalClient;
type WorkflowClient = temporalClient.WorkflowClient;
type TemporalClient = Pick<temporalClient.Client, 'connection' | 'options' | 'workflow'>;

/** A group's workflow can end between two requests; the next one starts another. */
const TRIES = 3;
/** A worker that dies during a workflow task delays the store for this long. Temporal's default is 10 s. */
const WORKFLOW_TASK_TIMEOUT = '5s';

/**
 * The client stays open when the store is closed. One value can have 1 MB as JSON, one group 1.9 MB.
 *
 * @example
 * const store = temporalStore(new Client({ connection: await Connection.connect() }));
 */
export function temporalStore(client: TemporalClient, options: TemporalStoreOptions = {}): SessionStore {
  const { taskQueue = 'durable-mcp', prefix = 'mcp-client-' } = options;
  const advice = `see that Temporal runs, and that a worker of this version (durable-mcp worker) serves the task queue "${taskQueue}"`;
  let opened: Promise<{ temporal: Temporal; workflows: WorkflowClient }> | undefined;

  const using = <T>(act: (temporal: Temporal, workflows: WorkflowClient) => Promise<T>): Promise<T> =>
    reach('Temporal did not serve the session store', advice, async (deadline) => {
      opened ??= open(client);
      const { temporal, workflows } = await opened;
      return client.connection.withDeadline(deadline, () => act(temporal, workflows));
    });

  const read = <Answer, Args extends unknown[]>(group: string, empty: Answer, query: string, ...args: Args) =>
    using<Answer>(async (temporal, workflows) => {
      try {
        return (await workflows.getHandle(prefix + group).query<Answer, Args>(query, ...args)) ?? empty;
      } catch (error) {
        if (hasNoWorkflow(temporal, error)) return empty;
        throw error;
      }
    });

  /** Resolves with whether the entry had the expected version. */
  const write = (group: string, run: (temporal: Temporal, workflows: WorkflowClient) => Promise<boolean>) =>
    using((temporal, workflows) =>
      perWorkflowLimiter(prefix + group, () => run(temporal, workflows)).catch((error: unknown) => {
        const refusal = refusalOf(temporal, error);
        if (refusal === wire.VERSION_DIFFERS || hasNoWorkflow(temporal, error)) return false;
        throw refusal === wire.STORE_FULL ? groupIsFull(group) : error;
      }),
    );

  /** The first write to a group starts its workflow. */
  async function create(
    temporal: Temporal,
    workflows: WorkflowClient,
    workflowId: string,
    update: { args: [wire.StoreEntry]; updateId: string },
  ): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      const startWorkflowOperation = new temporal.WithStartWorkflowOperation<StoreWorkflow>(
        wire.CLIENT_STORE_WORKFLOW,
        {
          workflowId,
          taskQueue,
          args: [{ entries: [] }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
        },
      );
      try {
        return await workflows.executeUpdateWithStart<StoreWorkflow, boolean, [wire.StoreEntry]>(
          wire.STORE_UPDATE,
          { ...update, startWorkflowOperation },
        );
      } catch (error) {
        if (!hasNoWorkflow(temporal, error) || tries === TRIES) throw error;
      }
    }
  }

  return {
    get: (group, name) =>
      read<wire.StoredEntry | undefined, [string]>(group, undefined, wire.GET_QUERY, name),

    async store(group, name, value, { ifVersion, ttlMs }) {
      guardValue(name, value);
      const version = randomUUID();
      const entry: wire.StoreEntry = { name, value, version, ifVersion, ttlMs };
      const update = { args: [entry] as [wire.StoreEntry], updateId: version };
      const written = await write(group, (temporal, workflows) =>
        ifVersion === undefined
          ? create(temporal, workflows, prefix + group, update)
          : workflows
              .getHandle(prefix + group)
              .executeUpdate<boolean, [wire.StoreEntry]>(wire.STORE_UPDATE, update),
      );
      return written ? version : undefined;
    },

    delete: (group, name, version) =>
      write(group, (_temporal, workflows) =>
        workflows
          .getHandle(prefix + group)
          .executeUpdate<boolean, [wire.DeleteEntry]>(wire.DELETE_UPDATE, { args: [{ name, version }] }),
      ),

    list: (group) => read<wire.StoredEntry[], []>(group, [], wire.LIST_QUERY),

    async close() {},
  };
}

/**
 * Temporal's client is loaded here, since its import takes half a second, which programs with another store
 * need not wait for. Workflows that have ended answer no queries: an operator may have ended them.
 */
async function open({ connection, options, workflow }: TemporalClient) {
  const temporal = await import('@temporalio/client');
  const workflows = new temporal.WorkflowClient({
    connection,
    namespace: options.namespace,
    identity: options.identity,
    dataConverter: options.loadedDataConverter,
    interceptors: workflow.options.interceptors,
    queryRejectCondition: 'NOT_OPEN',
  });
  return { temporal, workflows };
}

const hasNoWorkflow = (temporal: Temporal, error: unknown): boolean =>
  error instanceof temporal.WorkflowNotFoundError || error instanceof temporal.QueryRejectedError;

/** The type of the failure with which the workflow refused an update. */
const refusalOf = (temporal: Temporal, error: unknown): string | undefined =>
  error instanceof temporal.WorkflowUpdateFailedError && error.cause instanceof temporal.ApplicationFailure
    ? (error.cause.type ?? undefined)
    : undefined;

function guardValue(name: string, value: string): void {
  const bytes = jsonBytes(value);
  const limit = wire.CLIENT_STORE_LIMIT.valueBytes;
  if (bytes > limit)
    throw tooLarge(`The value of ${name} has ${bytes} bytes as JSON and ${limit} are the limit in Temporal`);
}

const groupIsFull = (group: string) =>
  tooLarge(
    `The group ${group} has no space: ${wire.CLIENT_STORE_LIMIT.bytes} bytes are the limit in Temporal`,
  );

const tooLarge = (reason: string) =>
  storeError(`${reason}; use another session store for results of this size.`, undefined, false);
