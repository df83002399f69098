/** One request from its first byte to its answer, however often it is sent. */
import type { JSONRPCRequest } from '../../wire/messages';
import { Cancelled } from '../errors';
import type { ResendCall, Settings } from './settings';

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
  readonly body: string;
  requests: number;
  sessionId: string | undefined;
  lastEventId: string | undefined;
  mayHaveArrived: boolean;
  readonly waiters: Waiter[] = [];
  /** Resolves when the questions that came so far on the call's stream are written down. */
  noted: Promise<unknown> = Promise.resolve();
  private readonly abort = new AbortController();
  private readonly stopped: Promise<never>;
  private parsed: JSONRPCRequest | undefined;
  /** Is told when the call is in another session, or further in its stream. */
  onMoved: () => void = () => undefined;

  constructor(start: CallStart) {
    this.id = start.id;
    this.body = start.body;
    this.safe = start.safe;
    this.requests = start.requests;
    this.sessionId = start.sessionId;
    this.lastEventId = start.lastEventId;
    this.mayHaveArrived = start.mayHaveArrived ?? false;
    this.stopped = new Promise((_resolve, reject) => {
      this.signal.addEventListener('abort', () => {
        reject(this.signal.reason as Error);
      });
    });
    this.stopped.catch(() => undefined); // `unlessStopped` hears of it
  }

  get message(): JSONRPCRequest {
    this.parsed ??= JSON.parse(this.body) as JSONRPCRequest;
    return this.parsed;
  }

  /** Whether the caller lets it be sent again where it is unknown whether it ran. */
  mayRepeat({ resend }: Pick<Settings, 'resend'>): boolean {
    return typeof resend === 'function' ? resend(aboutOf(this.message)) : resend === 'safe' && this.safe;
  }

  /** For people: the method, and the tool's name if there is one. */
  get title(): string {
    return titleOf(this.message);
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  at(eventId: string): void {
    this.lastEventId = eventId;
    this.onMoved();
  }

  /** The session was lost; `requests`: the new one's count. */
  moveTo(sessionId: string | undefined, requests: number): void {
    this.sessionId = sessionId;
    this.requests = requests;
    this.lastEventId = undefined;
    this.onMoved();
  }

  /** Ends every try; the answer, if one comes, is nobody's. */
  stop(reason: Error): void {
    this.abort.abort(reason);
  }

  /** Resolves as `work` does, but rejects at once when the call is stopped: others may need longer. */
  unlessStopped<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.stopped]);
  }

  throwIfStopped(): void {
    if (this.abort.signal.aborted) throw this.abort.signal.reason as Error;
  }
}

const aboutOf = ({ method, params = {} }: JSONRPCRequest): ResendCall => ({
  method,
  name: params.name as string | undefined,
  arguments: params.arguments,
});

function titleOf(message: JSONRPCRequest): string {
  const { method, name } = aboutOf(message);
  return name === undefined ? method : `${method} of ${name}`;
}

/** `mayHaveArrived`: whether the server may have the request. */
export const cancelled = (message: JSONRPCRequest, mayHaveArrived = false): Cancelled =>
  new Cancelled(`${titleOf(message)} was cancelled by its caller.`, {
    phase: mayHaveArrived ? 'maybe' : 'unsent',
    retryable: false,
  });
