/** The activities of a worker: they dispatch requests to the author's server. */
import { ApplicationFailure } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { CallInput, CallOutcome, InlineAnswer, InlineInput, InlineOutcome } from '../src/wire/call';
import type { App } from '../src/mcp/app';
import { appContextOf } from '../src/temporal/appContext';
import { appContext, runsCalls } from '../src/api/appContext';
import type { CallSettings, CallsOfWorker } from './beginAttempt';
import { beginInline } from './beginInline';
import { handleRequest } from './handleRequest';
import type { HeldAttempts } from './heldAttempts';
import { leaveTopics, type LeaveTopics } from './leaveTopics';
import { SessionTails } from './sessionTails';

export interface Activities {
  /**
   * Returns the response to the request. It stands in the history as the activity's result, from where nodes
   * send it to the client.
   */
  handleRequest(input: CallInput): Promise<CallOutcome>;
  /** A local activity: begins a call, and answers it if it is quick. */
  beginInline(input: InlineInput): Promise<InlineOutcome>;
  /** A local activity of sessions from before 0.3: declines, and the call becomes an ordinary activity. */
  handleShort(input: CallInput): Promise<InlineAnswer>;
  /** Removes an ended session from the subscribers of these resources. */
  leaveTopics(input: LeaveTopics): Promise<void>;
}

interface Here {
  /** The task queue of the app. */
  readonly taskQueue: string;
  readonly held: HeldAttempts;
}

/** `client` reaches the session workflows of the calls that run here, for their steps and messages. */
export function createActivities(
  app: App,
  client: Client,
  settings: CallSettings,
  { taskQueue, held }: Here,
): Activities {
  runsCalls();
  const worker: CallsOfWorker = { app, client, tails: new SessionTails(client), held, settings };
  const context = appContextOf(client, taskQueue);
  const inAppContext = <T>(run: () => Promise<T>) => appContext.run(context, run);
  return {
    handleRequest: (input) => inAppContext(() => handleRequest(worker, input)),
    beginInline: (input) => inAppContext(() => beginInline(worker, input)),
    handleShort: () =>
      Promise.reject(ApplicationFailure.nonRetryable('The call runs as an ordinary activity.', 'Declined')),
    leaveTopics: (input) => leaveTopics(context, input),
  };
}
