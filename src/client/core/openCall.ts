/** One request from its first byte to its answer, however often it is sent. */
import type { JSONRPCRequest } from '../../wire/messages';
import { Cancelled } from '../errors';

/** A call, for a caller's own rule on what is sent again. */
export interface ResendCall {
  readonly method: string;
  /** Of a tool. */
  readonly name?: string;
  readonly arguments?: unknown;
}

/** Who waits for the answer: a request of the client, under the client's own id. */
export interface Waiter {
  readonly id: string | number;
  readonly progressToken: string | number | undefined;
}

export interface CallStart {
  readonly id: string;
  /** The bytes of the request: the same in each re-send, since a server may compare them. */
  readonly body: string;
  /** Whether it only reads, or is idempotent. */
  readonly safe: boolean;
  /** The session's count of requests when it was first sent. */
  readonly requests: number;
  readonly sessionId?: string;
  readonly lastEventId?: string;
  /** Whether an earlier process, or an earlier try, may have sent it. */
  readonly mayHaveArrived?: boolean;
}

export class OpenCall {
  readonly id: string;
  readonly safe: boolean;
  body: string;
  requests: number;
  sessionId: string | undefined;
  lastEventId: string | undefined;
  mayHaveArrived: boolean;
  readonly waiters: Waiter[] = [];
  private readonly abort = new AbortController();
  private parsed: JSONRPCRequest | undefined;
  /** Is told of each event id. */
  onEventId: () => void = () => undefined;

  constructor(start: CallStart) {
    this.id = start.id;
    this.body = start.body;
    this.safe = start.safe;
    this.requests = start.requests;
    this.sessionId = start.sessionId;
    this.lastEventId = start.lastEventId;
    this.mayHaveArrived = start.mayHaveArrived ?? false;
  }

  get message(): JSONRPCRequest {
    this.parsed ??= JSON.parse(this.body) as JSONRPCRequest;
    return this.parsed;
  }

  get about(): ResendCall {
    const { method, params = {} } = this.message;
    return { method, name: params.name as string | undefined, arguments: params.arguments };
  }

  /** For people: a tool's name, else the method. */
  get title(): string {
    const { method, name } = this.about;
    return name === undefined ? method : `${method} of ${name}`;
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  at(eventId: string): void {
    this.lastEventId = eventId;
    this.onEventId();
  }

  /** Ends every try; the answer, if one comes, is nobody's. */
  stop(reason: Error): void {
    this.abort.abort(reason);
  }

  throwIfStopped(): void {
    if (this.abort.signal.aborted) throw this.abort.signal.reason as Error;
  }
}

export const cancelled = (call: OpenCall): Cancelled =>
  new Cancelled(`${call.title} was cancelled by its caller.`, {
    phase: call.mayHaveArrived ? 'maybe' : 'unsent',
    retryable: false,
  });
