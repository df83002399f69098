/**
 * A session's shapes, shared by the workflow that is the session, the nodes that serve it and the worker that runs its calls.
 * Types only, and names: this file is part of the workflow bundle.
 */
import type { SessionInfo } from './sessionInfo';
import type { CallRequest, SuspendedCall } from './call';
import type { ListenersSnapshot, SeenSnapshot, SubscriptionsSnapshot } from './snapshots';
import type { InitializeResult, LoggingLevel, RequestId } from './messages';

/** The name of the workflow type; it stands in every history, so it can never change. */
export const SESSION_WORKFLOW = 'mcpSession';
const WORKFLOW_ID_PREFIX = 'mcp-session-';

/** Whether a node can have issued this as a session's id. */
export const isSessionId = (text: string): boolean =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

export const workflowIdOf = (sessionId: string): string => WORKFLOW_ID_PREFIX + sessionId;
export const sessionIdOf = (workflowId: string): string => workflowId.slice(WORKFLOW_ID_PREFIX.length);

/** What starts a session's workflow, and what one run hands to the next when the history grows long. */
export interface SessionInput {
  readonly session: SessionInfo;
  /** What the client was answered when it opened the session. */
  readonly initializeResult: InitializeResult;
  /** Milliseconds without a message, a ping or an open stream of the client after which the session ends. */
  readonly idleTtlMs: number;
  /** What the session's log would not tell otherwise of the `initialize` request; sessions of version 0.1 lack it. */
  readonly asked?: { readonly id: RequestId; readonly protocolVersion: string };
  /**
   * Whether the namespace has the search attributes (src/wire/searchAttributes.ts): to set one that it lacks fails a workflow's
   * tasks for ever. Absent in sessions of version 0.1.
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
  /** Calls that came while the last run was closing: accepted, not yet started. */
  readonly waiting: CallRequest[];
  /** Calls that wait for their client, or sleep. */
  readonly suspended: SuspendedCall[];
  /** Nodes that were being woken (their task queues), and are woken again. Absent in runs from before they crossed. */
  readonly waking?: string[];
  /** Epoch milliseconds of the client's last message. */
  readonly lastHeardAt: number;
}

/** The answer to the `state` query. */
export interface SessionState {
  readonly session: SessionInfo;
  readonly initialized: boolean;
  readonly logLevel?: LoggingLevel;
  readonly lastHeardAt: number;
  readonly callsInFlight: CallInFlight[];
  /** Accepted, and not started yet: there is no room for more, or the run is about to be continued. */
  readonly callsWaiting: number;
}

export interface CallInFlight {
  readonly requestId: RequestId;
  readonly method: string;
  /** Of the tool or prompt, or the URI of the resource. */
  readonly name?: string;
  /** `suspended`: it waits for its client or sleeps, and holds no worker. */
  readonly status: 'running' | 'suspended';
}
