/** Signals to a resource's workflow, which knows the sessions that are subscribed to one URI of one app. */
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
} from '../wire/resource';
import { asCode } from '../wire/markdown';
import { WORKFLOW_TASK_TIMEOUT } from './connect';
import type { AppContext } from './appContext';

/** The id contains a hash, since a workflow id has at most 1,000 bytes and a URI can be longer. */
const workflowIdOf = ({ taskQueue }: AppContext, uri: string): string =>
  `mcp-resource-${taskQueue}-${createHash('sha256').update(uri).digest('hex').slice(0, 32)}`;

export async function subscribe(app: AppContext, uri: string, sessionId: string): Promise<void> {
  await app.client.signalWithStart<(input: ResourceInput) => Promise<void>, [SubscriberSignal]>(
    RESOURCE_WORKFLOW,
    {
      workflowId: workflowIdOf(app, uri),
      taskQueue: app.taskQueue,
      args: [{ uri }],
      signal: SUBSCRIBE_SIGNAL,
      signalArgs: [{ sessionId }],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      staticSummary: `Subscribers of ${asCode(uri)}`,
    },
  );
}

export const unsubscribe = (app: AppContext, uri: string, sessionId: string): Promise<void> =>
  signal<SubscriberSignal>(app, uri, UNSUBSCRIBE_SIGNAL, { sessionId });

export const updated = (app: AppContext, uri: string, id: string): Promise<void> =>
  signal<UpdatedSignal>(app, uri, UPDATED_SIGNAL, { id });

/** Sends a signal. A missing workflow is no error: the resource has no subscribers. */
async function signal<Payload>(app: AppContext, uri: string, name: string, payload: Payload): Promise<void> {
  try {
    await app.client.getHandle(workflowIdOf(app, uri)).signal<[Payload]>(name, payload);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
