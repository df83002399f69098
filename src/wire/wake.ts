/** How a session wakes a node that holds a stream of it and does not follow its log. Part of the workflow bundle. */

export interface Wake {
  readonly sessionId: string;
  /** There is something to read in this run, up to this event at least. */
  readonly run: string;
  readonly event: number;
}

/** What a node takes from a task queue of its own: it reads the log up to there, and answers when it has. */
export interface NodeActivities {
  wakeNode(wake: Wake): Promise<void>;
}
