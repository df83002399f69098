/**
 * What a client's operation can fail with. Each error says in one sentence what happened, to what, and what
 * to do; `phase` says what may have become of the request.
 */

/**
 * `unsent`: no server has seen the request. `maybe`: it may have run. `answered`: it ran, or was refused, and
 * the server said so.
 */
export type Phase = 'unsent' | 'maybe' | 'answered';

export interface Failure {
  readonly phase: Phase;
  /** Whether the same operation may succeed later without a change by the caller. */
  readonly retryable: boolean;
  readonly cause?: unknown;
}

export class McpClientError extends Error {
  readonly phase: Phase;
  readonly retryable: boolean;

  constructor(message: string, { phase, retryable, cause }: Failure) {
    super(message, { cause });
    this.name = new.target.name;
    this.phase = phase;
    this.retryable = retryable;
  }
}

/** The server cannot be reached, or what answers is no MCP server. */
export class ConnectError extends McpClientError {}

/** The call may have run, and its answer cannot be had: sending it again could repeat its effect. */
export class OutcomeUnknown extends McpClientError {
  constructor(
    message: string,
    /** The id of the request on the wire, by which the server's operators find it. */
    readonly callId: string,
    readonly lastEventId?: string,
    cause?: unknown,
  ) {
    super(message, { phase: 'maybe', retryable: false, cause });
  }
}

/** The server no longer has the session, and the request was part of it. */
export class SessionLost extends OutcomeUnknown {
  constructor(
    message: string,
    callId: string,
    readonly oldId: string,
    readonly newId?: string,
  ) {
    super(message, callId);
  }
}

/** The operation took longer than its `timeout`. The server was told to cancel it. */
export class RequestTimeout extends McpClientError {}

/** The caller cancelled the request, or closed the connection. */
export class Cancelled extends McpClientError {}

/** The server wants credentials, or others. */
export class AuthRequired extends McpClientError {}

/** A `key` was used before, for a call with other content. */
export class KeyConflict extends McpClientError {}

/** The server's process ended, or does not start. */
export class ServerExited extends McpClientError {
  constructor(
    message: string,
    failure: Failure,
    readonly exit: {
      readonly code: number | null;
      readonly signal: string | null;
      readonly stderrTail: string;
    },
  ) {
    super(message, failure);
  }
}

/** Another process has this session now, or has it already. */
export class LeaseLost extends McpClientError {}

/** The store cannot be read or written. */
export class StoreError extends McpClientError {}
