/** Who a session is of. Part of the workflow bundle. */
import type { ClientCapabilities, Implementation } from './messages';

/** What an author's app is told about the session that it serves. All but the state is fixed when the session starts. */
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
  /** What handlers have kept with `ctx.state`, as it was when the request came: what a session's server has can depend on it. */
  readonly state: Readonly<Record<string, unknown>>;
}

/** What a list of sessions shows of each, so that no log has to be read for it. Sessions of 0.2 lack it. */
export interface SessionMemo {
  readonly client: string;
  readonly protocolVersion: string;
  readonly principal: string;
  /** By the clock of the node that opened it: each run of a long session has a start of its own. ISO 8601. */
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
