/**
 * The shapes of a session, shared by its workflow, the nodes that serve it and the worker that runs its
 * calls. Part of the workflow bundle.
 */
import type { SessionInfo } from './sessionInfo';
import type { CallRequest, SuspendedCall } from './call';
import type { ListenersSnapshot, SeenSnapshot, SubscriptionsSnapshot } from './snapshots';
import type { InitializeResult, LoggingLevel, RequestId } from './messages';

/** The workflow type; the name is in every history, so it never changes. */
export const SESSION_WORKFLOW = 'mcpSession';
const WORKFLOW_ID_PREFIX = 'mcp-session-';

/** Whether a node can have issued the text as a session id. */
export const isSessionId = (text: string): boolean =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

export const workflowIdOf = (sessionId: string): string => WORKFLOW_ID_PREFIX + sessionId;
export const sessionIdOf = (workflowId: string): string => workflowId.slice(WORKFLOW_ID_PREFIX.length);

/** Finds the running sessions of a task queue, in the words of Temporal's visibility. */
export const runningSessionsOf = (taskQueue: string): string =>
  `WorkflowType = '${SESSION_WORKFLOW}' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}' AND ExecutionStatus = 'Running'`;

/** The input of a session's workflow: of its first run, and of each run that continues a long history. */
export interface SessionInput {
  readonly session: SessionInfo;
  /** The answer that the client got to `initialize`. */
  readonly initializeResult: InitializeResult;
  /**
   * The session ends after this many milliseconds without a message, a ping or an open stream of the client.
   */
  readonly idleTtlMs: number;
  /** Details of the `initialize` request for readers of the log. Absent in sessions of version 0.1. */
  readonly asked?: { readonly id: RequestId; readonly protocolVersion: string };
  /**
   * Whether the namespace has the search attributes (src/wire/searchAttributes.ts): setting a missing one
   * fails a workflow's tasks for ever. Absent in sessions of version 0.1.
   */
  readonly searchAttributes?: boolean;
  /** Present from the second run on. */
  readonly carried?: CarriedState;
}

export interface CarriedState {
  readonly initialized: boolean;
  readonly logLevel?: LoggingLevel;
  readonly seen: SeenSnapshot;
  readonly listeners?: ListenersSnapshot;
  /** Absent in runs that began before sessions had subscriptions. */
  readonly subscriptions?: SubscriptionsSnapshot;
  /** Calls that were accepted but not started before the last run ended. */
  readonly waiting: CallRequest[];
  /** Calls that wait for their client, or sleep. */
  readonly suspended: SuspendedCall[];
  /**
   * Task queues of nodes with a wake-up in flight; the new run repeats these wake-ups. Absent in runs from
   * before wake-ups crossed.
   */
  readonly waking?: string[];
  /** Time of the client's last activity, in epoch milliseconds. */
  readonly lastHeardAt: number;
}

/** The answer to the `state` query. */
export interface SessionState {
  readonly session: SessionInfo;
  readonly initialized: boolean;
  readonly logLevel?: LoggingLevel;
  readonly lastHeardAt: number;
  readonly callsInFlight: CallInFlight[];
  /**
   * Number of accepted calls that have not started: too many are in flight, or the run is about to be
   * continued as new.
   */
  readonly callsWaiting: number;
}

export interface CallInFlight {
  readonly requestId: RequestId;
  readonly method: string;
  /** The name of the tool or prompt, or the URI of the resource. */
  readonly name?: string;
  /** `suspended`: the call waits for its client or sleeps, and occupies no worker. */
  readonly status: 'running' | 'suspended';
}
