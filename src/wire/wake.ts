/**
 * How a session wakes a node that holds one of its streams without following its log. Part of the workflow
 * bundle.
 */

export interface Wake {
  readonly sessionId: string;
  /** The run has unread events, at least up to `event`. */
  readonly run: string;
  readonly event: number;
}

/** The activity on a node's own task queue: the node reads the log up to the event, then answers. */
export interface NodeActivities {
  wakeNode(wake: Wake): Promise<void>;
}
