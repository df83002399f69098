/** The events of a session in MCP's terms, which {@link Decoder} makes of the session events. */
import type { Position, StreamId } from '../wire/eventId';
import type { JSONRPCMessage, JSONRPCRequest, JSONRPCResponse } from '../wire/messages';
import type { Verdict } from '../model/seenRequests';
import type { SessionInput } from '../wire/session';
import type { LogLevelSignal } from '../wire/signals';

export type StreamEvent = Position & { readonly time: Date } & (
    | { readonly kind: 'session'; readonly input: SessionInput }
    /** A request of the client. With the verdict `new`, its stream begins here. */
    | {
        readonly kind: 'request';
        readonly postId: string;
        readonly stream: StreamId;
        readonly verdict: Verdict;
        readonly message: JSONRPCRequest;
      }
    /**
     * A GET listens. `unheard`: the session has sent messages in this run, and no stream has ever listened.
     */
    | {
        readonly kind: 'listening';
        readonly getId: string;
        readonly stream: StreamId;
        readonly unheard: boolean;
      }
    | { readonly kind: 'notified'; readonly message: JSONRPCMessage }
    | ({ readonly kind: 'logLevel' } & LogLevelSignal)
    /** A handler wrote the session's state; without a value, it deleted the key. */
    | { readonly kind: 'state'; readonly key: string; readonly value?: unknown }
    /** A retry is about to answer the call. The client sees nothing of it. */
    | {
        readonly kind: 'attempt';
        readonly stream: StreamId;
        readonly attempt: number;
        readonly after?: string;
      }
    /** The client subscribed to a resource, or unsubscribed. */
    | {
        readonly kind: 'subscription';
        readonly stream: StreamId;
        readonly postId: string;
        readonly request: JSONRPCRequest;
        readonly response: JSONRPCResponse;
        readonly refused: boolean;
      }
    /** A message to the client. `final` ends the stream. */
    | {
        readonly kind: 'message';
        readonly stream: StreamId;
        readonly message: JSONRPCMessage;
        readonly final: boolean;
      }
    /** The call's connections close; its stream continues, and the client polls. */
    | { readonly kind: 'disconnect'; readonly stream: StreamId }
    /** The stream ends without a response: the client cancelled the request. */
    | { readonly kind: 'cancelled'; readonly stream: StreamId }
    /** `reason` is absent if the session ended by idleness or Temporal closed its workflow. */
    | { readonly kind: 'ended'; readonly reason?: string }
    | { readonly kind: 'continued'; readonly nextRun: string }
  );

export type Undated<T> = T extends unknown ? Omit<T, keyof Position | 'time'> : never;
