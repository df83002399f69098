/**
 * One connection of a client, as the service sees it: a message came on it, and its answer goes out on it. Each transport has an implementation of
 * its own; Express's is `src/http/httpConnection.ts`.
 */
import type { Reader } from '../log/subscription';
import type { JSONRPCMessage, JSONRPCResponse } from '../mcp/protocol';
import type { StreamAnswer, StreamEvents } from './stream';

/** As a reader, it can leave (`gone` aborts), and is cut off where it reads too slowly. */
export interface ClientConnection extends Reader {
  /** Whether the client has closed the connection, and not this process. */
  readonly hasLeft: boolean;
  /** The message was taken, and has no answer. */
  accepted(): void;
  /** Sends a stream of the log, until the stream or the connection ends. */
  stream(events: StreamEvents, answer: StreamAnswer): Promise<void>;
  /** Sends the response of a request that is in no log: it has no event id, and a client that loses it asks again. */
  respond(response: JSONRPCResponse): void;
  /** Sends a message before such a response, where the transport can. Resolves when the reader has room for more, or has gone. */
  notify(message: JSONRPCMessage): Promise<void>;
  /** The result of `work`, whose client is shown meanwhile that its request is being worked on. */
  whileOpen<T>(work: Promise<T>): Promise<T>;
}

/** Resolves when the signal has aborted. */
export const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    const done = () => {
      resolve(undefined);
    };
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
