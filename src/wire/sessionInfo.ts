/** A session as its app sees it. Part of the workflow bundle. */
import type { ClientCapabilities, Implementation } from './messages';

/**
 * The session for which an author's app builds a server. Everything but the state is fixed when the session
 * starts.
 */
export interface SessionInfo {
  /** The value of the `Mcp-Session-Id` header: a random UUID, never a proof of identity. */
  readonly id: string;
  /** The principal that opened the session. */
  readonly principal: string;
  /** The negotiated MCP revision, for example `2025-11-25`. */
  readonly protocolVersion: string;
  /** The client's name and version, as given in `initialize`. */
  readonly client: Implementation;
  /** The client's capabilities: sampling, elicitation, roots. */
  readonly capabilities: ClientCapabilities;
  /**
   * The values written with `ctx.state`, as they were when the request came. The server's tools can depend on
   * them.
   */
  readonly state: Readonly<Record<string, unknown>>;
}

/** A session in a list of sessions, so that a list needs no logs. Sessions of 0.2 lack it. */
export interface SessionMemo {
  readonly client: string;
  readonly protocolVersion: string;
  readonly principal: string;
  /**
   * By the clock of the node that opened the session, since each run of a long session has its own start
   * time. ISO 8601.
   */
  readonly openedAt: string;
}

export const memoOf = ({ client, protocolVersion, principal }: SessionInfo) => ({
  mcp: {
    client: `${client.name} ${client.version}`.slice(0, 100),
    protocolVersion,
    principal: principal.slice(0, 100),
    openedAt: new Date().toISOString(),
  } satisfies SessionMemo,
});
