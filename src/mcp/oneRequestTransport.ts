/** An in-memory transport between the author's server and the one request that it handles. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transport, TransportSendOptions } from './sdk/v1';
import {
  ErrorCode,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type JSONRPCResponse,
  type MessageExtraInfo,
  type RequestId,
} from './protocol';
import { errorResponse } from '../wire/rpcErrors';
import { deliveryScopeOf } from './deliveryScope';

/** Receivers of the server's messages while it handles a request. */
export interface MessageSinks {
  /** Takes a notification that the server sends before it answers. */
  readonly onNotification?: (message: JSONRPCNotification, relatesToRequest: boolean) => Promise<void>;
  /**
   * Carries a request to the client and returns its response; `cancelled` aborts when the server no longer
   * waits for it.
   */
  readonly onRequest?: (message: JSONRPCRequest, cancelled: AbortSignal) => Promise<JSONRPCResponse>;
}

/** Marks code that the initialization has started, even code that runs later. */
const initializing = new AsyncLocalStorage<true>();

export class OneRequestTransport implements Transport {
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  /** Closed by this product or by the author's own code. */
  isClosed = false;
  private current: RequestId | undefined;
  private readonly waiting = new Map<RequestId, (response: JSONRPCResponse) => void>();
  /** The server's own requests that wait for an answer. */
  private readonly asked = new Map<unknown, AbortController>();

  constructor(
    readonly sessionId: string,
    private sinks: MessageSinks = {},
  ) {}

  async start(): Promise<void> {}

  /**
   * Runs the initialization. Every call's server sends the same messages meanwhile, so those for the session
   * are dropped; so is a change of lists that follows from the initialization a moment later.
   * (`existingServers.test.ts`)
   */
  runInitialization<T>(work: () => Promise<T>): Promise<T> {
    return initializing.run(true, work);
  }

  /**
   * Handles a request: from now on, messages of the server belong to it, unless they name another request.
   */
  handle(message: JSONRPCRequest, sinks: MessageSinks, extra: MessageExtraInfo): Promise<JSONRPCResponse> {
    this.sinks = sinks;
    this.current = message.id;
    return this.ask(message, extra);
  }

  /** After the answer, sends messages of the server that are not related to the request to `say`. */
  redirectLateMessages(say: (message: JSONRPCNotification) => Promise<void>): void {
    const { current } = this;
    this.sinks = {
      onNotification: (message, relates) => {
        if (!relates) return say(message);
        throw new Error(`The request ${current} has been answered: nothing more can be said of it.`);
      },
    };
  }

  /** SDK 1.10 aborts a handler upon a cancellation, but not when the connection closes. */
  cancel(): void {
    if (this.current === undefined || !this.waiting.has(this.current)) return;
    const params = { requestId: this.current };
    this.onmessage?.({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
  }

  ask(message: JSONRPCRequest, extra?: MessageExtraInfo): Promise<JSONRPCResponse> {
    return new Promise((resolve) => {
      this.waiting.set(message.id, resolve);
      this.onmessage?.(message, extra);
    });
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (isJSONRPCRequest(message)) void this.carry(message);
    else if ('method' in message) await this.notify(message, options);
    else if (message.id !== undefined) {
      this.waiting.get(message.id)?.(message);
      this.waiting.delete(message.id);
    }
  }

  private async notify(
    message: JSONRPCNotification,
    { relatedRequestId: related }: TransportSendOptions = {},
  ): Promise<void> {
    const asked = message.method === 'notifications/cancelled' && this.asked.get(message.params?.requestId);
    if (asked) asked.abort(message.params?.reason);
    else if (initializing.getStore() && deliveryScopeOf(message, related !== undefined) === 'session') return;
    else if (related === undefined || related === this.current)
      await this.sinks.onNotification?.(message, related !== undefined);
  }

  /**
   * Carries a request of the server to the client. Outside of a call the client cannot be asked, and the
   * handler gets an error at once.
   */
  private async carry(message: JSONRPCRequest): Promise<void> {
    const { onRequest } = this.sinks;
    const cancel = new AbortController();
    this.asked.set(message.id, cancel);
    const nobody = `The client can be asked for ${message.method} only while the server handles a call.`;
    const response = await (onRequest?.(message, cancel.signal) ?? Promise.reject(new Error(nobody))).catch(
      (error: unknown) =>
        errorResponse(
          message.id,
          ErrorCode.InternalError,
          error instanceof Error ? error.message : String(error),
        ),
    );
    this.asked.delete(message.id);
    if (!cancel.signal.aborted) this.onmessage?.(response);
  }

  /** Drops the pending answers. */
  abandon(): void {
    this.waiting.clear();
  }

  /**
   * The author's own code may close, too, for example when the process behind a server has ended. Pending
   * requests get an error, since no answer will come.
   */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onclose?.();
    const text = 'The server closed its connection before it answered.';
    for (const [id, answer] of this.waiting) answer(errorResponse(id, ErrorCode.InternalError, text));
    this.waiting.clear();
  }
}
