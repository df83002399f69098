/** Reaching a resource's own workflow: the sessions that are subscribed to one URI of one app. */
import { createHash } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/common';
import {
  RESOURCE_WORKFLOW,
  SUBSCRIBE_SIGNAL,
  UNSUBSCRIBE_SIGNAL,
  UPDATED_SIGNAL,
  type ResourceInput,
  type SubscriberSignal,
  type UpdatedSignal,
} from '../protocol/resource';
import { asCode } from '../protocol/markdown';
import { WORKFLOW_TASK_TIMEOUT } from '../temporal/connect';
import type { Home } from './home';

/** A workflow's id has at most 1,000 bytes, a URI can have more. */
const workflowIdOf = ({ taskQueue }: Home, uri: string): string =>
  `mcp-resource-${taskQueue}-${createHash('sha256').update(uri).digest('hex').slice(0, 32)}`;

export async function subscribe(home: Home, uri: string, sessionId: string): Promise<void> {
  await home.client.signalWithStart<(input: ResourceInput) => Promise<void>, [SubscriberSignal]>(
    RESOURCE_WORKFLOW,
    {
      workflowId: workflowIdOf(home, uri),
      taskQueue: home.taskQueue,
      args: [{ uri }],
      signal: SUBSCRIBE_SIGNAL,
      signalArgs: [{ sessionId }],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      staticSummary: `Subscribers of ${asCode(uri)}`,
    },
  );
}

export const unsubscribe = (home: Home, uri: string, sessionId: string): Promise<void> =>
  signal<SubscriberSignal>(home, uri, UNSUBSCRIBE_SIGNAL, { sessionId });

export const updated = (home: Home, uri: string, id: string): Promise<void> =>
  signal<UpdatedSignal>(home, uri, UPDATED_SIGNAL, { id });

/** Nobody is subscribed where there is no workflow, and that is fine. */
async function signal<Payload>(home: Home, uri: string, name: string, payload: Payload): Promise<void> {
  try {
    await home.client.getHandle(workflowIdOf(home, uri)).signal<[Payload]>(name, payload);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
