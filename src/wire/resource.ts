/**
 * The workflow of one resource, which knows the sessions that are subscribed to the URI and notifies them of
 * updates. These names and shapes are in histories and never change. Part of the workflow bundle.
 */
export const RESOURCE_WORKFLOW = 'mcpResource';

/** The session is subscribed from now on. */
export const SUBSCRIBE_SIGNAL = 'subscribe';
/** The session is no longer subscribed. */
export const UNSUBSCRIBE_SIGNAL = 'unsubscribe';
export interface SubscriberSignal {
  readonly sessionId: string;
}

/** The resource has changed. Updates with the same `id` are sent once. */
export const UPDATED_SIGNAL = 'updated';
export interface UpdatedSignal {
  readonly id: string;
}

export interface ResourceInput {
  readonly uri: string;
  /** Present from the second run on. */
  readonly carried?: CarriedResource;
}

export interface CarriedResource {
  readonly subscribers: string[];
  /** The ids of the last updates. */
  readonly updates: string[];
  /** The sessions that are still to be notified, by the update's id. */
  readonly untold: [id: string, sessionIds: string[]][];
}
