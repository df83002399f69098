/**
 * From a session's facts to MCP events: what was asked, what was said, on which stream, in which order. A pure fold over the
 * log; every reader (node, audit export, command line) comes to the same events, ids and all.
 */
import { createHash } from 'node:crypto';
import { callKey } from '../protocol/call';
import { SESSION_STREAM, streamOfRequest, type Position, type StreamId } from '../protocol/eventId';
import type {
  CallToolResult,
  JSONRPCMessage,
  JSONRPCRequest,
  JSONRPCResponse,
  LoggingLevel,
} from '../protocol/mcp';
import { RpcCode, errorResponse } from '../protocol/errors';
import { isTooQuiet } from '../protocol/logLevel';
import { SeenRequests, type Verdict } from '../protocol/seenRequests';
import type { SessionInput } from '../protocol/session';
import type { EmitSignal } from '../protocol/signals';
import { Subscriptions } from '../protocol/subscriptions';
import type { Fact } from './history';

export type LogEvent = Position &
  (
    | { readonly kind: 'session'; readonly input: SessionInput }
    /** The client asked. Where `verdict` is new, the stream begins here. */
    | {
        readonly kind: 'request';
        readonly postId: string;
        readonly stream: StreamId;
        readonly verdict: Verdict;
      }
    | { readonly kind: 'notified'; readonly message: JSONRPCMessage }
    | { readonly kind: 'logLevel'; readonly level: LoggingLevel }
    /** The client asked to be told of a resource, or not any more. */
    | { readonly kind: 'subscription'; readonly postId: string; readonly refusal: string | undefined }
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
    | { readonly kind: 'ended' }
    | { readonly kind: 'continued'; readonly nextRun: string }
  );

type Undated<T> = T extends unknown ? Omit<T, keyof Position> : never;

interface OpenCall {
  readonly stream: StreamId;
  readonly request: JSONRPCRequest;
  /** What has been delivered, to leave out what a retried attempt says again. */
  attempt: number;
  readonly delivered: Map<string, number>;
  saidByAttempt: Map<string, number>;
  progress: number;
}

export class Decoder {
  private run = '';
  private seen = new SeenRequests();
  private subscriptions = new Subscriptions();
  private logLevel: LoggingLevel | undefined;
  private readonly calls = new Map<string, OpenCall>();
  private readonly scheduled = new Map<number, string>();

  /** Facts must come in the order of the log, from the first of a run. */
  decode(fact: Fact): LogEvent[] {
    return this.eventsOf(fact).map(
      (event, part): LogEvent => ({ ...event, run: this.run, event: fact.event, part }) as LogEvent,
    );
  }

  /** Whether a stream can have begun at or before the last fact. */
  knows(call: string): boolean {
    return this.seen.knows(call);
  }

  private eventsOf(fact: Fact): Undated<LogEvent>[] {
    switch (fact.kind) {
      case 'started':
        this.run = fact.run;
        this.seen = new SeenRequests(fact.input.carried?.seen);
        this.subscriptions = new Subscriptions(fact.input.carried?.subscriptions);
        this.logLevel = fact.input.carried?.logLevel;
        fact.input.carried?.waiting.forEach(({ message }) => {
          this.open(message);
        });
        return [{ kind: 'session', input: fact.input }];
      case 'request': {
        const { message, digest, postId } = fact.signal;
        const verdict = this.seen.see(callKey(message.id), digest, this.run);
        if (verdict.kind === 'new') this.open(message);
        return [{ kind: 'request', postId, stream: streamOfRequest(message.id), verdict }];
      }
      case 'clientMessage':
        return [{ kind: 'notified', message: fact.signal.message }, ...this.cancelled(fact.signal.message)];
      case 'logLevel':
        this.logLevel = fact.signal.level;
        return [{ kind: 'logLevel', level: fact.signal.level }];
      case 'subscription': {
        const { uri, subscribed, postId } = fact.signal;
        return [{ kind: 'subscription', postId, refusal: this.subscriptions.change(uri, subscribed) }];
      }
      case 'notify': {
        const { id, message } = fact.signal;
        if (!this.subscriptions.tell(id) || !this.subscriptions.want(message)) return [];
        return [{ kind: 'message', stream: SESSION_STREAM, message, final: false }];
      }
      case 'emit':
        return this.said(fact.signal);
      case 'callScheduled':
        this.scheduled.set(fact.event, fact.call);
        return [];
      case 'callAnswered':
        return this.answered(fact.scheduled, () => fact.response);
      case 'callLost':
        return this.answered(fact.scheduled, (request) => lostResponse(request, fact));
      case 'continued':
        return [{ kind: 'continued', nextRun: fact.run }];
      case 'end':
      case 'closed':
        return [{ kind: 'ended' }];
    }
  }

  private open(request: JSONRPCRequest): void {
    const stream = streamOfRequest(request.id);
    const fresh = { attempt: 0, delivered: new Map(), saidByAttempt: new Map(), progress: -Infinity };
    this.calls.set(callKey(request.id), { stream, request, ...fresh });
  }

  private answered(
    scheduled: number,
    response: (request: JSONRPCRequest) => JSONRPCResponse,
  ): Undated<LogEvent>[] {
    const key = this.scheduled.get(scheduled);
    this.scheduled.delete(scheduled);
    const call = key === undefined ? undefined : this.calls.get(key);
    if (key === undefined || !call) return []; // cancelled before: no response is sent
    this.calls.delete(key);
    return [{ kind: 'message', stream: call.stream, message: response(call.request), final: true }];
  }

  private cancelled(message: JSONRPCMessage): Undated<LogEvent>[] {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return [];
    const id: unknown = message.params?.requestId;
    const key = typeof id === 'string' || typeof id === 'number' ? callKey(id) : '';
    const call = this.calls.get(key);
    if (!call) return [];
    this.calls.delete(key);
    return [{ kind: 'cancelled', stream: call.stream }];
  }

  private said({ call: key, attempt, emits }: EmitSignal): Undated<LogEvent>[] {
    const call = this.calls.get(key);
    if (!call || attempt < call.attempt) return []; // ended, or a zombie speaks
    if (attempt > call.attempt) {
      call.attempt = attempt;
      call.saidByAttempt = new Map();
    }
    return emits.flatMap((emit): Undated<LogEvent>[] => {
      if (emit.to === 'connection') return [{ kind: 'disconnect', stream: call.stream }];
      if (isSaidAgain(call, emit.message)) return [];
      if (!this.subscriptions.want(emit.message) || isTooQuiet(emit.message, this.logLevel)) return [];
      const stream = emit.to === 'session' ? SESSION_STREAM : call.stream;
      return [{ kind: 'message', stream, message: emit.message, final: false }];
    });
  }
}

/**
 * A retried attempt says again what the last one said, except for what the steps that it skips had said. So a message is a
 * repetition if earlier attempts said the same text as often as this one has. Progress must grow anyway (specification
 * 2025-11-25, progress), so what does not is a repetition even where its text differs.
 */
function isSaidAgain(call: OpenCall, message: JSONRPCMessage): boolean {
  const text = createHash('sha256').update(JSON.stringify(message)).digest('base64').slice(0, 16);
  const times = (call.saidByAttempt.get(text) ?? 0) + 1;
  call.saidByAttempt.set(text, times);
  if (times <= (call.delivered.get(text) ?? 0)) return true;
  call.delivered.set(text, times);
  if (!('method' in message) || message.method !== 'notifications/progress') return false;
  const progress = Number(message.params?.progress);
  if (progress <= call.progress) return true;
  call.progress = progress;
  return false;
}

/** What the client is told of a lost call. A tool's result can say it; other requests get an error. */
function lostResponse(request: JSONRPCRequest, { outOfTime }: { outOfTime: boolean }): JSONRPCResponse {
  const name = (request.params as { name?: unknown } | undefined)?.name;
  const call = `The call of ${typeof name === 'string' ? name : request.method}`;
  const text =
    (outOfTime
      ? `${call} did not end within its time: whether it took effect is unknown, and it will not run again.`
      : `${call} was cut off before it ended: its outcome is unknown, and it will not run again.`) +
    ' Check whether it took effect before you repeat it.';
  if (request.method !== 'tools/call') return errorResponse(request.id, RpcCode.internalError, text);
  const result: CallToolResult = { content: [{ type: 'text', text }], isError: true };
  return { jsonrpc: '2.0', id: request.id, result };
}
