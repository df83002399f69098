/**
 * Decodes a session's events in Temporal (session events) into MCP events (stream events): requests and
 * messages, each with its stream and in its order. A pure fold over the log: every reader (node, audit
 * export, command line) gets the same events with the same ids.
 */
import { callKey, type CallOutcome, type InlineAnswer } from '../wire/call';
import { SESSION_STREAM, streamOfRequest, type StreamId } from '../wire/eventId';
import type {
  InitializeResult,
  JSONRPCMessage,
  JSONRPCRequest,
  JSONRPCResponse,
  LoggingLevel,
} from '../wire/messages';
import { isDeclared } from '../mcp/declared';
import { RpcCode, errorResponse } from '../wire/rpcErrors';
import { callOf, failedAnswer } from '../mcp/failedAnswer';
import { Listeners } from '../model/listeners';
import { isBelowLevel } from '../mcp/logLevel';
import { MessageDeduplicator } from '../model/messageDeduplicator';
import { SeenRequests } from '../model/seenRequests';
import { isSuspended } from '../wire/shapes';
import type { EmitSignal, OpenAttempt } from '../wire/signals';
import { Subscriptions } from '../model/subscriptions';
import type { StreamEvent, Undated } from './streamEvent';
import type { SessionEvent } from './history';

interface OpenCall {
  readonly stream: StreamId;
  readonly request: JSONRPCRequest;
  attempt: number;
  /** Recognizes messages that a retried attempt repeats. */
  readonly deduplicator: MessageDeduplicator;
}

export class Decoder {
  private run = '';
  private declared!: InitializeResult;
  private seen = new SeenRequests();
  private listeners = new Listeners();
  private unheard = false;
  private subscriptions = new Subscriptions();
  private logLevel: LoggingLevel | undefined;
  private readonly calls = new Map<string, OpenCall>();
  private readonly scheduled = new Map<number, string>();

  /** Session events must come in the order of the log, from the first of a run. */
  decode(sessionEvent: SessionEvent): StreamEvent[] {
    return this.eventsOf(sessionEvent).map(
      (event, part): StreamEvent =>
        ({
          ...event,
          run: this.run,
          event: sessionEvent.event,
          part,
          time: sessionEvent.time,
        }) as StreamEvent,
    );
  }

  /** The stream that gets the session's own messages now. */
  private sessionStream(): StreamId {
    const { activeListener } = this.listeners;
    this.unheard ||= activeListener === undefined;
    return activeListener ?? SESSION_STREAM;
  }

  /**
   * Whether the request of this call is in the log up to the last session event, so that its stream can have
   * begun.
   */
  knows(call: string): boolean {
    return this.seen.knows(call);
  }

  private eventsOf(sessionEvent: SessionEvent): Undated<StreamEvent>[] {
    switch (sessionEvent.kind) {
      case 'started':
        this.run = sessionEvent.run;
        this.declared = sessionEvent.input.initializeResult;
        this.seen = new SeenRequests(sessionEvent.input.carried?.seen);
        this.listeners = new Listeners(sessionEvent.input.carried?.listeners);
        this.subscriptions = new Subscriptions(sessionEvent.input.carried?.subscriptions);
        this.logLevel = sessionEvent.input.carried?.logLevel;
        sessionEvent.input.carried?.waiting.forEach(({ message }) => {
          this.open(message);
        });
        sessionEvent.input.carried?.suspended.forEach(({ message, leg }) => {
          this.open(message, leg.attempts + 1);
        });
        return [{ kind: 'session', input: sessionEvent.input }];
      case 'request': {
        const { message, digest, postId } = sessionEvent.signal;
        const verdict = this.seen.see(callKey(message.id), digest, this.run);
        if (verdict.kind === 'new') this.open(message);
        return [{ kind: 'request', postId, stream: streamOfRequest(message.id), verdict, message }];
      }
      case 'clientMessage':
        return [
          { kind: 'notified', message: sessionEvent.signal.message },
          ...this.cancelled(sessionEvent.signal.message),
        ];
      case 'logLevel':
        this.logLevel = sessionEvent.signal.level;
        return [{ kind: 'logLevel', ...sessionEvent.signal }];
      case 'setState':
        return [{ kind: 'state', key: sessionEvent.update.key, value: sessionEvent.update.value }];
      case 'openAttempt':
        this.fence(sessionEvent.update);
        return [];
      case 'listen': {
        const { unheard } = this;
        this.unheard = false;
        this.listeners.listen(sessionEvent.signal);
        return [{ kind: 'listening', ...sessionEvent.signal, unheard }];
      }
      case 'leave':
        this.listeners.leave(sessionEvent.signal);
        return [];
      case 'await':
      case 'heard':
      case 'record':
      case 'records':
      case 'other':
      case 'malformed':
        return [];
      case 'subscription': {
        const { uri, subscribed, request, response: agreed, postId } = sessionEvent.signal;
        const refusal = this.subscriptions.change(uri, subscribed);
        const refused = refusal !== undefined;
        const response = refused ? errorResponse(request.id, RpcCode.invalidRequest, refusal) : agreed;
        return [{ kind: 'subscription', stream: SESSION_STREAM, postId, request, response, refused }];
      }
      case 'notify': {
        const { id, message } = sessionEvent.signal;
        if (!this.subscriptions.isNew(id) || !this.subscriptions.wants(message)) return [];
        if (!isDeclared(message, this.declared)) return [];
        return [{ kind: 'message', stream: this.sessionStream(), message, final: false }];
      }
      case 'emit':
        return this.emitted(sessionEvent.signal);
      case 'callScheduled':
        this.scheduled.set(sessionEvent.event, sessionEvent.call);
        return [];
      case 'callStarted': {
        const { attempt, after } = sessionEvent;
        const call = this.calls.get(this.scheduled.get(sessionEvent.scheduled) ?? '');
        return call && attempt > 1 ? [{ kind: 'attempt', stream: call.stream, attempt, after }] : [];
      }
      case 'callEnded':
        return this.ended(sessionEvent.scheduled, sessionEvent.outcome);
      case 'callLost':
        return this.ended(sessionEvent.scheduled, sessionEvent);
      case 'inlineEnded':
        return this.endedInline(sessionEvent.outcome);
      case 'continued':
        return [{ kind: 'continued', nextRun: sessionEvent.run }];
      case 'end':
        return [{ kind: 'ended', reason: reasonOf(sessionEvent.signal) }];
      case 'closed':
        return [{ kind: 'ended' }];
    }
  }

  private open(request: JSONRPCRequest, attempt = 1): void {
    const stream = streamOfRequest(request.id);
    this.calls.set(callKey(request.id), {
      stream,
      request,
      attempt,
      deduplicator: new MessageDeduplicator(),
    });
  }

  private ended(scheduled: number, outcome: CallOutcome | { outOfTime: boolean }): Undated<StreamEvent>[] {
    const key = this.scheduled.get(scheduled);
    this.scheduled.delete(scheduled);
    const call = key === undefined ? undefined : this.calls.get(key);
    if (key === undefined || !call) return []; // cancelled before: no response is sent
    if ('outOfTime' in outcome) outcome = lostResponse(call.request, outcome);
    if (isSuspended(outcome)) {
      call.attempt = outcome.leg.attempts + 1;
      return [];
    }
    this.calls.delete(key);
    return [{ kind: 'message', stream: call.stream, message: outcome, final: true }];
  }

  private endedInline({ said, response }: InlineAnswer): Undated<StreamEvent>[] {
    const key = callKey(response.id ?? '');
    const call = this.calls.get(key);
    if (!call) return []; // cancelled before
    this.calls.delete(key);
    const messages = said.flatMap((each) => this.messageOf(each, call));
    return [...messages, { kind: 'message', stream: call.stream, message: response, final: true }];
  }

  private cancelled(message: JSONRPCMessage): Undated<StreamEvent>[] {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return [];
    const id: unknown = message.params?.requestId;
    const key = typeof id === 'string' || typeof id === 'number' ? callKey(id) : '';
    const call = this.calls.get(key);
    if (!call) return [];
    this.calls.delete(key);
    return [{ kind: 'cancelled', stream: call.stream }];
  }

  /**
   * Drops what earlier attempts send from now on. The workflow ignores it too: an answer to their request
   * would be lost.
   */
  private fence({ call: key, attempt }: OpenAttempt): void {
    const call = this.calls.get(key);
    if (call) call.attempt = Math.max(call.attempt, attempt);
  }

  private emitted({ call: key, attempt, emits }: EmitSignal): Undated<StreamEvent>[] {
    const call = this.calls.get(key);
    if (!call || attempt < call.attempt) return []; // the call has ended, or a later attempt has begun
    call.attempt = attempt;
    return emits.flatMap((emit): Undated<StreamEvent>[] => {
      if (!call.deduplicator.isNew(emit.mark, emit.to === 'connection' ? undefined : emit.message)) return [];
      if (emit.to === 'connection') return [{ kind: 'disconnect', stream: call.stream }];
      return this.messageOf(emit, call);
    });
  }

  private messageOf(
    { to, message }: { to: 'call' | 'session'; message: JSONRPCMessage },
    call: OpenCall,
  ): Undated<StreamEvent>[] {
    if (!this.subscriptions.wants(message) || isBelowLevel(message, this.logLevel)) return [];
    return [
      {
        kind: 'message',
        stream: to === 'session' ? this.sessionStream() : call.stream,
        message,
        final: false,
      },
    ];
  }
}

function reasonOf(signal: unknown): string | undefined {
  const reason: unknown = (signal as { reason?: unknown } | undefined | null)?.reason;
  return typeof reason === 'string' ? reason : undefined;
}

/** The response for a lost call. */
function lostResponse(request: JSONRPCRequest, { outOfTime }: { outOfTime: boolean }): JSONRPCResponse {
  const call = callOf(request);
  const text =
    (outOfTime
      ? `${call} did not end within its time: whether it took effect is unknown, and it will not run again.`
      : `${call} was cut off before it ended: its outcome is unknown, and it will not run again.`) +
    ' Check whether it took effect before you repeat it.';
  return failedAnswer(request, text);
}
