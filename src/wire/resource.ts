/**
 * A resource's own small workflow: it knows which sessions are subscribed to one URI, and tells them of updates. Names and shapes,
 * which stand in histories and never change. Part of the workflow bundle.
 */
export const RESOURCE_WORKFLOW = 'mcpResource';

/** The session is subscribed from now on. */
export const SUBSCRIBE_SIGNAL = 'subscribe';
/** The session is not subscribed any more. */
export const UNSUBSCRIBE_SIGNAL = 'unsubscribe';
export interface SubscriberSignal {
  readonly sessionId: string;
}

/** The resource has changed. The same `id` is told once. */
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
  /** Who has still to be told, by the update's id. */
  readonly untold: [id: string, sessionIds: string[]][];
}
