/** The activities of a worker: they dispatch requests to the author's server. */
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { CallInput, CallOutcome, ShortOutcome } from '../src/wire/call';
import type { App } from '../src/mcp/app';
import { appContextOf } from '../src/temporal/appContext';
import { appContext, runsCalls } from '../src/api/appContext';
import { handleRequest, type CallSettings } from './handleRequest';
import { handleShort } from './handleShort';
import { leaveTopics, type LeaveTopics } from './leaveTopics';
import { SessionTails } from './sessionTails';

export interface Activities {
  /**
   * Returns the response to the request. It stands in the history as the activity's result, from where nodes
   * send it to the client.
   */
  handleRequest(input: CallInput): Promise<CallOutcome>;
  /** As `handleRequest`, for a short call. */
  handleShort(input: CallInput): Promise<ShortOutcome>;
  /** Removes an ended session from the subscribers of these resources. */
  leaveTopics(input: LeaveTopics): Promise<void>;
}

/** `client` reaches the session workflows of the calls that run here, for their steps and messages. */
export function createActivities(app: App, client: Client, settings: CallSettings): Activities {
  runsCalls();
  const tails = new SessionTails(client);
  const context = () => appContextOf(client, Context.current().info.taskQueue);
  const inAppContext = <T>(run: () => Promise<T>) => appContext.run(context(), run);
  return {
    handleRequest: (input) => inAppContext(() => handleRequest(app, client, tails, settings, input)),
    handleShort: (input) => inAppContext(() => handleShort(app, input)),
    leaveTopics: (input) => leaveTopics(context(), input),
  };
}
