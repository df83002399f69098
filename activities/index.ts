/** What a worker runs beside the workflows: one activity, which hands a request to the author's server. */
import type { Client } from '@temporalio/client';
import type { CallInput, CallOutcome } from '../src/protocol/call';
import type { App } from '../src/server/app';
import { handleRequest, type CallSettings } from './handleRequest';

export interface Activities {
  /** The request's answer. It stands in the history as the activity's result, and that is the response that nodes send. */
  handleRequest(input: CallInput): Promise<CallOutcome>;
}

/** `client` reaches the sessions whose calls run here: the steps and emits of a call go to its workflow. */
export const createActivities = (app: App, client: Client, settings: CallSettings): Activities => ({
  handleRequest: (input) => handleRequest(app, client, settings, input),
});
