/**
 * One connection of a client, as the service sees it: the connection brings one message and carries its
 * answer. Each transport implements this interface; Express's implementation is `src/http/httpConnection.ts`.
 */
import type { Reader } from '../log/subscription';
import type { JSONRPCMessage, JSONRPCResponse } from '../mcp/protocol';
import type { StreamAnswer, StreamEvents } from './stream';

/** As a `Reader`, the connection can close (`gone` aborts) and is cut if the client reads too slowly. */
export interface ClientConnection extends Reader {
  /** Whether the client closed the connection, rather than this process. */
  readonly hasLeft: boolean;
  /** Acknowledges a message that has no answer. */
  accepted(): void;
  /** Sends a stream of the log until the stream or the connection ends. */
  stream(events: StreamEvents, answer: StreamAnswer): Promise<void>;
  /**
   * Sends a response that is not in the log: it has no event id, and a client that loses it sends the request
   * again.
   */
  respond(response: JSONRPCResponse): void;
  /**
   * Sends a message ahead of such a response, if the transport can. Resolves when the client can take more or
   * has left.
   */
  notify(message: JSONRPCMessage): Promise<void>;
  /**
   * Returns the result of `work`; meanwhile the connection shows the client that its request is in progress.
   */
  whileOpen<T>(work: Promise<T>): Promise<T>;
}

/** Resolves when the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    const done = () => {
      resolve(undefined);
    };
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
