/** What a worker runs beside the workflows: the activities that hand a request to the author's server. */
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { CallInput, CallOutcome, ShortOutcome } from '../src/wire/call';
import type { App } from '../src/mcp/app';
import { appContext, runsCalls } from '../src/api/appContext';
import { handleRequest, type CallSettings } from './handleRequest';
import { handleShort } from './handleShort';
import { leaveTopics, type LeaveTopics } from './leaveTopics';
import { SessionTails } from './sessionTails';

export interface Activities {
  /** The request's answer. It stands in the history as the activity's result, and that is the response that nodes send. */
  handleRequest(input: CallInput): Promise<CallOutcome>;
  /** As `handleRequest`, of a short call. */
  handleShort(input: CallInput): Promise<ShortOutcome>;
  /** At the session's end: it is told of these resources no more. */
  leaveTopics(input: LeaveTopics): Promise<void>;
}

/** `client` reaches the sessions whose calls run here: the steps and emits of a call go to its workflow. */
export function createActivities(app: App, client: Client, settings: CallSettings): Activities {
  runsCalls();
  const tails = new SessionTails(client);
  const atHome = <T>(run: () => Promise<T>) =>
    appContext.run({ client: client.workflow, taskQueue: Context.current().info.taskQueue }, run);
  return {
    handleRequest: (input) => atHome(() => handleRequest(app, client, tails, settings, input)),
    handleShort: (input) => atHome(() => handleShort(app, input)),
    leaveTopics: (input) =>
      leaveTopics({ client: client.workflow, taskQueue: Context.current().info.taskQueue }, input),
  };
}
