/**
 * The client and the task queue of one app's workflows: its sessions, and the maps and resources that
 * sessions share.
 */
import type { Client, WorkflowClient } from '@temporalio/client';

/** The default of `--task-queue`, which the nodes and workers of an app share. */
export const DEFAULT_TASK_QUEUE = 'durable-mcp';

export interface AppContext {
  readonly client: WorkflowClient;
  readonly taskQueue: string;
}

export const appContextOf = ({ workflow: client }: Client, taskQueue: string): AppContext => ({
  client,
  taskQueue,
});
