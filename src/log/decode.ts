/**
 * From a session's facts to MCP events: what was asked, what was said, on which stream, in which order. A pure fold over the
 * log; every reader (node, audit export, command line) comes to the same events, ids and all.
 */
import { callKey, type CallOutcome, type ShortOutcome } from '../protocol/call';
import { SESSION_STREAM, streamOfRequest, type StreamId } from '../protocol/eventId';
import type {
  InitializeResult,
  JSONRPCMessage,
  JSONRPCRequest,
  JSONRPCResponse,
  LoggingLevel,
} from '../protocol/mcp';
import { isDeclared } from '../protocol/declared';
import { RpcCode, errorResponse } from '../protocol/errors';
import { callOf, failedAnswer } from '../protocol/failedAnswer';
import { Listeners } from '../protocol/listeners';
import { isTooQuiet } from '../protocol/logLevel';
import { Said } from '../protocol/said';
import { SeenRequests } from '../protocol/seenRequests';
import { isSuspended } from '../protocol/shapes';
import type { EmitSignal, OpenAttempt } from '../protocol/signals';
import { Subscriptions } from '../protocol/subscriptions';
import type { LogEvent, Undated } from './event';
import type { Fact } from './history';

interface OpenCall {
  readonly stream: StreamId;
  readonly request: JSONRPCRequest;
  attempt: number;
  /** To leave out what a retried attempt says again. */
  readonly said: Said;
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

  /** Facts must come in the order of the log, from the first of a run. */
  decode(fact: Fact): LogEvent[] {
    return this.eventsOf(fact).map(
      (event, part): LogEvent =>
        ({ ...event, run: this.run, event: fact.event, part, time: fact.time }) as LogEvent,
    );
  }

  /** The stream of what the session says of itself now. */
  private sessionStream(): StreamId {
    const { told } = this.listeners;
    this.unheard ||= told === undefined;
    return told ?? SESSION_STREAM;
  }

  /** Whether a stream can have begun at or before the last fact. */
  knows(call: string): boolean {
    return this.seen.knows(call);
  }

  private eventsOf(fact: Fact): Undated<LogEvent>[] {
    switch (fact.kind) {
      case 'started':
        this.run = fact.run;
        this.declared = fact.input.initializeResult;
        this.seen = new SeenRequests(fact.input.carried?.seen);
        this.listeners = new Listeners(fact.input.carried?.listeners);
        this.subscriptions = new Subscriptions(fact.input.carried?.subscriptions);
        this.logLevel = fact.input.carried?.logLevel;
        fact.input.carried?.waiting.forEach(({ message }) => {
          this.open(message);
        });
        fact.input.carried?.suspended.forEach(({ message, leg }) => {
          this.open(message, leg.attempts + 1);
        });
        return [{ kind: 'session', input: fact.input }];
      case 'request': {
        const { message, digest, postId } = fact.signal;
        const verdict = this.seen.see(callKey(message.id), digest, this.run);
        if (verdict.kind === 'new') this.open(message);
        return [{ kind: 'request', postId, stream: streamOfRequest(message.id), verdict, message }];
      }
      case 'clientMessage':
        return [{ kind: 'notified', message: fact.signal.message }, ...this.cancelled(fact.signal.message)];
      case 'logLevel':
        this.logLevel = fact.signal.level;
        return [{ kind: 'logLevel', ...fact.signal }];
      case 'setState':
        return [{ kind: 'state', key: fact.update.key, value: fact.update.value }];
      case 'openAttempt':
        this.fence(fact.update);
        return [];
      case 'listen': {
        const { unheard } = this;
        this.unheard = false;
        this.listeners.listen(fact.signal);
        return [{ kind: 'listening', ...fact.signal, unheard }];
      }
      case 'leave':
        this.listeners.leave(fact.signal);
        return [];
      case 'await':
      case 'heard':
      case 'record':
      case 'records':
      case 'other':
      case 'malformed':
        return [];
      case 'subscription': {
        const { uri, subscribed, request, response: agreed, postId } = fact.signal;
        const refusal = this.subscriptions.change(uri, subscribed);
        const refused = refusal !== undefined;
        const response = refused ? errorResponse(request.id, RpcCode.invalidRequest, refusal) : agreed;
        return [{ kind: 'subscription', stream: SESSION_STREAM, postId, request, response, refused }];
      }
      case 'notify': {
        const { id, message } = fact.signal;
        if (!this.subscriptions.tell(id) || !this.subscriptions.want(message)) return [];
        if (!isDeclared(message, this.declared)) return [];
        return [{ kind: 'message', stream: this.sessionStream(), message, final: false }];
      }
      case 'emit':
        return this.said(fact.signal);
      case 'callScheduled':
        this.scheduled.set(fact.event, fact.call);
        return [];
      case 'callStarted': {
        const { attempt, after } = fact;
        const call = this.calls.get(this.scheduled.get(fact.scheduled) ?? '');
        return call && attempt > 1 ? [{ kind: 'attempt', stream: call.stream, attempt, after }] : [];
      }
      case 'callEnded':
        return this.ended(fact.scheduled, fact.outcome);
      case 'callLost':
        return this.ended(fact.scheduled, fact);
      case 'shortEnded':
        return this.endedShort(fact.outcome);
      case 'continued':
        return [{ kind: 'continued', nextRun: fact.run }];
      case 'end':
        return [{ kind: 'ended', reason: reasonOf(fact.signal) }];
      case 'closed':
        return [{ kind: 'ended' }];
    }
  }

  private open(request: JSONRPCRequest, attempt = 1): void {
    const stream = streamOfRequest(request.id);
    this.calls.set(callKey(request.id), { stream, request, attempt, said: new Said() });
  }

  private ended(scheduled: number, outcome: CallOutcome | { outOfTime: boolean }): Undated<LogEvent>[] {
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

  private endedShort({ said, response }: ShortOutcome): Undated<LogEvent>[] {
    const key = callKey(response.id ?? '');
    const call = this.calls.get(key);
    if (!call) return []; // cancelled before
    this.calls.delete(key);
    const messages = said.flatMap((each) => this.heard(each, call));
    return [...messages, { kind: 'message', stream: call.stream, message: response, final: true }];
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

  /** What earlier attempts say from now on the workflow does not hear, so nobody must: an answer to their question would be lost. */
  private fence({ call: key, attempt }: OpenAttempt): void {
    const call = this.calls.get(key);
    if (call) call.attempt = Math.max(call.attempt, attempt);
  }

  private said({ call: key, attempt, emits }: EmitSignal): Undated<LogEvent>[] {
    const call = this.calls.get(key);
    if (!call || attempt < call.attempt) return []; // ended, or a zombie speaks
    call.attempt = attempt;
    return emits.flatMap((emit): Undated<LogEvent>[] => {
      if (!call.said.isNew(emit.mark, emit.to === 'connection' ? undefined : emit.message)) return [];
      if (emit.to === 'connection') return [{ kind: 'disconnect', stream: call.stream }];
      return this.heard(emit, call);
    });
  }

  private heard(
    { to, message }: { to: 'call' | 'session'; message: JSONRPCMessage },
    call: OpenCall,
  ): Undated<LogEvent>[] {
    if (!this.subscriptions.want(message) || isTooQuiet(message, this.logLevel)) return [];
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

/** What the client is told of a lost call. */
function lostResponse(request: JSONRPCRequest, { outOfTime }: { outOfTime: boolean }): JSONRPCResponse {
  const call = callOf(request);
  const text =
    (outOfTime
      ? `${call} did not end within its time: whether it took effect is unknown, and it will not run again.`
      : `${call} was cut off before it ended: its outcome is unknown, and it will not run again.`) +
    ' Check whether it took effect before you repeat it.';
  return failedAnswer(request, text);
}
