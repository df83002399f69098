/** Where the workflows of one app are: its sessions, and the maps and resources that its sessions share. */
import type { Client, WorkflowClient } from '@temporalio/client';

/** What the nodes and workers of an app share unless they are given another `--task-queue`. */
export const DEFAULT_TASK_QUEUE = 'durable-mcp';

export interface AppContext {
  readonly client: WorkflowClient;
  readonly taskQueue: string;
}

export const appContextOf = ({ workflow: client }: Client, taskQueue: string): AppContext => ({
  client,
  taskQueue,
});
