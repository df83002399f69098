/** What a session's log says, in the words of MCP: what {@link Decoder} makes of the session events. */
import type { Position, StreamId } from '../wire/eventId';
import type { JSONRPCMessage, JSONRPCRequest, JSONRPCResponse } from '../wire/messages';
import type { Verdict } from '../model/seenRequests';
import type { SessionInput } from '../wire/session';
import type { LogLevelSignal } from '../wire/signals';

export type StreamEvent = Position & { readonly time: Date } & (
    | { readonly kind: 'session'; readonly input: SessionInput }
    /** The client asked. Where `verdict` is new, the stream begins here. */
    | {
        readonly kind: 'request';
        readonly postId: string;
        readonly stream: StreamId;
        readonly verdict: Verdict;
        readonly message: JSONRPCRequest;
      }
    /** A GET listens. `unheard`: the session has said something since the run began, and nobody has ever listened. */
    | {
        readonly kind: 'listening';
        readonly getId: string;
        readonly stream: StreamId;
        readonly unheard: boolean;
      }
    | { readonly kind: 'notified'; readonly message: JSONRPCMessage }
    | ({ readonly kind: 'logLevel' } & LogLevelSignal)
    /** A handler kept something for its session; without a value, the key was deleted. */
    | { readonly kind: 'state'; readonly key: string; readonly value?: unknown }
    /** The attempt that is about to answer is not the first. Says nothing to the client. */
    | {
        readonly kind: 'attempt';
        readonly stream: StreamId;
        readonly attempt: number;
        readonly after?: string;
      }
    /** The client asked to be told of a resource, or not any more. */
    | {
        readonly kind: 'subscription';
        readonly stream: StreamId;
        readonly postId: string;
        readonly request: JSONRPCRequest;
        readonly response: JSONRPCResponse;
        readonly refused: boolean;
      }
    /** For the client. `final` ends the stream. */
    | {
        readonly kind: 'message';
        readonly stream: StreamId;
        readonly message: JSONRPCMessage;
        readonly final: boolean;
      }
    /** The call's connections are to be closed; its stream goes on, and the client polls. */
    | { readonly kind: 'disconnect'; readonly stream: StreamId }
    /** The stream ends without a response: the client cancelled the request. */
    | { readonly kind: 'cancelled'; readonly stream: StreamId }
    /** The reason is absent where the workflow closed by itself: its idle time was over, or Temporal closed it. */
    | { readonly kind: 'ended'; readonly reason?: string }
    | { readonly kind: 'continued'; readonly nextRun: string }
  );

export type Undated<T> = T extends unknown ? Omit<T, keyof Position | 'time'> : never;
