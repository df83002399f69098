/**
 * A session's shapes, shared by the workflow that is the session, the nodes that serve it and the worker that runs its calls.
 * Types only, and names: this file is part of the workflow bundle.
 */
import type { CallRequest } from './call';
import type { ClientCapabilities, Implementation, InitializeResult, LoggingLevel } from './mcp';
import type { SeenSnapshot } from './seenRequests';
import type { SubscriptionsSnapshot } from './subscriptions';

/** The name of the workflow type; it stands in every history, so it can never change. */
export const SESSION_WORKFLOW = 'mcpSession';
const WORKFLOW_ID_PREFIX = 'mcp-session-';

export const workflowIdOf = (sessionId: string): string => WORKFLOW_ID_PREFIX + sessionId;

/** Who may use a session until authorization is configured. */
export const ANONYMOUS = 'anonymous';

/** What an author's app is told about the session that it serves. Fixed when the session starts. */
export interface SessionInfo {
  /** The value of the `Mcp-Session-Id` header: a random UUID, never a proof of who is asking. */
  readonly id: string;
  /** Who opened the session. */
  readonly principal: string;
  /** The negotiated MCP revision, for example `2025-11-25`. */
  readonly protocolVersion: string;
  /** The client's name and version, as it gave them in `initialize`. */
  readonly client: Implementation;
  /** What the client can do: sampling, elicitation, roots. */
  readonly capabilities: ClientCapabilities;
}

/** What starts a session's workflow, and what one run hands to the next when the history grows long. */
export interface SessionInput {
  readonly session: SessionInfo;
  /** What the client was answered when it opened the session. */
  readonly initializeResult: InitializeResult;
  /** Milliseconds without a message from the client after which the session ends. */
  readonly idleTtlMs: number;
  /** Present from the second run on. */
  readonly carried?: CarriedState;
}

export interface CarriedState {
  readonly initialized: boolean;
  readonly logLevel?: LoggingLevel;
  readonly seen: SeenSnapshot;
  /** Absent in runs that began before sessions had subscriptions. */
  readonly subscriptions?: SubscriptionsSnapshot;
  /** Calls that came while the last run was closing: accepted, not yet started. */
  readonly waiting: CallRequest[];
  /** Epoch milliseconds of the client's last message. */
  readonly lastHeardAt: number;
}

/** The answer to the `state` query. */
export interface SessionState {
  readonly session: SessionInfo;
  readonly initialized: boolean;
  readonly logLevel?: LoggingLevel;
  readonly lastHeardAt: number;
  readonly callsInFlight: { requestId: string | number; method: string; name?: string }[];
}
