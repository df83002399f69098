/** One request over HTTP: posted, its stream resumed, posted again where that may be, until it is answered. */
import type { JSONRPCMessage, JSONRPCResponse } from '../../wire/messages';
import { Backoff } from '../core/backoff';
import type { ChannelContext } from '../core/channel';
import { isErrorResponse, isResponse } from '../core/jsonRpc';
import type { OpenCall } from '../core/openCall';
import { NO_SESSION, unknownOutcome } from '../core/unknownOutcome';
import { ConnectError, McpClientError, OutcomeUnknown, SessionLost } from '../errors';
import { AnswerStream } from './answerStream';
import { answerIn, discard, errorIn, isEventStream, isTemporary, messagesOf, retryAfterMs } from './answers';
import { Unreached } from './http';
import { next, type Happened, type Next } from './resend';
import type { HttpSession } from './session';
import type { Sending, Wire } from './wire';

type Attempt =
  | { readonly response: JSONRPCResponse }
  | { readonly happened: Happened; readonly why: string; readonly waitMs?: number; readonly cause?: unknown };

/** What a request needs of the session that it is part of. */
export type RequestSession = Pick<HttpSession, 'id' | 'headers' | 'joins' | 'isGone' | 'opened' | 'count'>;
/** What it needs of the client. */
export type RequestContext = Pick<ChannelContext, 'settings' | 'incoming' | 'assertLease' | 'state'>;

export class Exchange {
  private readonly backoff: Backoff;
  private readonly stream: AnswerStream;
  /** What the server asked for on this stream. */
  private retryMs = 0;
  private sessionsLost = 0;

  constructor(
    private readonly call: OpenCall,
    private readonly wire: Wire,
    private readonly session: RequestSession,
    private readonly context: RequestContext,
  ) {
    this.backoff = new Backoff(context.settings.backoff);
    this.stream = new AnswerStream({
      call,
      context,
      joins: () => session.joins(call.requests),
      heard: () => {
        this.backoff.reset();
      },
      retry: (ms) => (this.retryMs = ms),
    });
  }

  /** @throws McpClientError */
  async run(): Promise<JSONRPCResponse> {
    const { call, session } = this;
    let step: Next =
      call.lastEventId !== undefined ? 'resume' : call.mayHaveArrived ? this.after('broken') : 'post';
    if (call.mayHaveArrived && call.sessionId !== session.id) step = this.after('gone');
    let why = 'the process that sent it has ended';
    for (let tries = 0; ; tries++) {
      if (step === 'unknown') throw this.unknown(why);
      if (tries > 0) await call.unlessStopped(this.context.assertLease());
      call.throwIfStopped();
      const attempt = await call.unlessStopped(this.attempt(step));
      if ('response' in attempt) {
        this.context.state('connected');
        return attempt.response;
      }
      call.throwIfStopped();
      if (attempt.happened !== 'cut') this.context.state('reconnecting', new Error(attempt.why));
      ({ why } = attempt);
      step = this.after(attempt.happened);
      if (step === 'unknown') continue;
      if (this.backoff.isOver) throw this.givenUp(attempt.why, attempt.cause);
      // The first new session has its request at once; a server that loses each is not asked for ever.
      if (attempt.happened !== 'gone' || this.sessionsLost++ > 0)
        await this.backoff.wait(Math.max(this.retryMs, attempt.waitMs ?? 0), call.signal);
    }
  }

  private after(happened: Happened): Next {
    const { call } = this;
    return next(happened, {
      joins: this.session.joins(call.requests) && call.sessionId === this.session.id,
      safe: call.mayRepeat(this.context.settings),
      mayHaveArrived: call.mayHaveArrived,
      hasEventId: call.lastEventId !== undefined,
    });
  }

  private async attempt(step: 'post' | 'resume'): Promise<Attempt> {
    const { call } = this;
    const stop = new AbortController();
    const forward = () => {
      stop.abort(call.signal.reason);
    };
    call.signal.addEventListener('abort', forward, { once: true });
    const before = call.mayHaveArrived;
    try {
      await this.session.opened();
      // Lost while this call waited: a repetition in the new session would be another call there.
      if (before && call.sessionId !== this.session.id) return await this.gone();
      if (step === 'post') call.mayHaveArrived = true;
      const sending = { signal: stop.signal, session: this.session.headers };
      return await (step === 'post' ? this.post(sending, before, stop) : this.resume(sending, stop));
    } catch (error) {
      call.throwIfStopped();
      if (!(error instanceof Unreached)) throw this.failed(error, before);
      if (error.phase === 'unsent') call.mayHaveArrived = before;
      if (error.isFinal && !before)
        throw new ConnectError(`${error.message}.`, { phase: 'unsent', retryable: false, cause: error });
      const failed = { why: error.message, cause: error };
      // To ask for the rest of a stream does no harm, however often.
      if (step === 'resume') return { happened: 'cut', ...failed };
      return { happened: error.phase === 'unsent' ? 'unsent' : 'broken', ...failed };
    } finally {
      call.signal.removeEventListener('abort', forward);
    }
  }

  private async post(sending: Sending, before: boolean, stop: AbortController): Promise<Attempt> {
    const { call, session } = this;
    const sentIn = session.id;
    call.sessionId = sentIn;
    const response = await this.headersOf(this.wire.post({ ...sending, body: call.body }), stop);
    if (response.ok) return this.read(response, stop);
    const { status } = response;
    const waitMs = retryAfterMs(response);
    if (sentIn !== undefined && (status === 404 || (status === 400 && !before))) {
      call.mayHaveArrived = before;
      const error = await errorIn(response);
      if (await session.isGone(sentIn, { method: 'POST', status, error })) return this.gone();
      // Without a word of the server: from a proxy that does not find the server for a moment.
      if (status === 404 && !error) return { happened: 'unsent', why: 'the server answered 404' };
      return this.refused(status, before, error);
    }
    if (status === 429) {
      discard(response);
      call.mayHaveArrived = before;
      return { happened: 'unsent', why: 'the server has too much to do (429)', waitMs };
    }
    const error = await errorIn(response);
    if (status >= 500) return { happened: 'broken', why: `the server answered ${status}`, waitMs };
    call.mayHaveArrived = before;
    return this.refused(status, before, error);
  }

  private async resume(sending: Sending, stop: AbortController): Promise<Attempt> {
    const { call, session } = this;
    const { lastEventId } = call;
    const response = await this.wire.listen({ ...sending, lastEventId });
    if (response.ok && isEventStream(response)) return this.read(response, stop);
    const why = `the rest of its answer was refused with ${response.status}`;
    const waitMs = retryAfterMs(response);
    discard(response);
    if (response.status === 404) {
      if (await session.isGone(call.sessionId, { method: 'GET', status: 404 })) return this.gone();
      return { happened: 'notResumable', why };
    }
    // 409: the server has not seen yet that the former connection has gone.
    if (isTemporary(response.status) || response.status === 409) return { happened: 'cut', why, waitMs };
    return { happened: 'notResumable', why };
  }

  /** Reads a response's messages up to the answer. */
  private async read(response: Response, stop: AbortController): Promise<Attempt> {
    const { call, context } = this;
    const cut = { happened: 'cut', why: 'its stream ended before the answer' } as const;
    if (!isEventStream(response)) {
      const messages = await messagesOf(response, this.wire.http.url);
      for (const message of messages) if (!isResponse(message)) void context.incoming(message, call);
      const answer = answerIn(messages, call.id) ?? unnamedError(messages, call.id);
      return answer ? { response: answer } : cut;
    }
    const end = await this.stream.read(response, stop);
    if ('jsonrpc' in end) return { response: end };
    this.backoff.heardFor(end.lastedMs);
    return end.error === undefined ? cut : { ...cut, why: reasonOf(end.error), cause: end.error };
  }

  /** A server that joins speaks at once, so its silence is a dead connection; others may just take long. */
  private async headersOf(sent: Promise<Response>, stop: AbortController): Promise<Response> {
    if (!this.session.joins(this.call.requests)) return sent;
    const { silenceMs } = this.context.settings;
    const timer = setTimeout(() => {
      stop.abort(
        new Unreached('maybe', false, `The server said nothing for ${silenceMs / 1_000} s`, undefined),
      );
    }, silenceMs);
    return sent.finally(() => {
      clearTimeout(timer);
    });
  }

  private async gone(): Promise<Attempt> {
    const { call, session } = this;
    const step = this.after('gone');
    if (step === 'unknown') throw this.lost();
    call.moveTo(session.id, await session.count());
    return { happened: 'gone', why: 'the session was lost' };
  }

  private refused(status: number, before: boolean, error?: { code: number; message: string }): Attempt {
    const { call } = this;
    if (before) throw this.unknown(`the server refused to say it again (${status}: ${error?.message ?? ''})`);
    if (error) return { response: { jsonrpc: '2.0', id: call.id, error } };
    throw new McpClientError(`The server refused ${call.title} with ${status}.`, {
      phase: 'answered',
      retryable: false,
    });
  }

  private failed(error: unknown, before: boolean): unknown {
    const { call } = this;
    if (error instanceof OutcomeUnknown) return error;
    const isUnsent = !(error instanceof McpClientError) || error.phase === 'unsent';
    if (isUnsent) call.mayHaveArrived = before;
    const mayHaveRun = before || (error instanceof McpClientError && error.phase === 'maybe');
    return mayHaveRun && !call.safe ? this.unknown((error as Error).message, error) : error;
  }

  private givenUp(why: string, cause: unknown): McpClientError {
    const { call } = this;
    if (call.mayHaveArrived && !call.safe) return this.unknown(why, cause);
    return new ConnectError(`${call.title} was given up: ${why}.`, {
      phase: 'unsent',
      retryable: true,
      cause,
    });
  }

  private unknown(why: string, cause?: unknown): OutcomeUnknown {
    const { id, title, lastEventId } = this.call;
    if (this.call.sessionId !== this.session.id) return this.lost();
    return new OutcomeUnknown(unknownOutcome(title, why.replace(/\.$/, '')), id, lastEventId, cause);
  }

  private lost(): SessionLost {
    const { id, title, sessionId = '' } = this.call;
    return new SessionLost(unknownOutcome(title, NO_SESSION), id, sessionId, this.session.id);
  }
}

/** An error that names no request, alone in the response to one, is about that one. */
function unnamedError(messages: readonly JSONRPCMessage[], id: string): JSONRPCResponse | undefined {
  const [only] = messages;
  if (messages.length > 1 || !only || !isErrorResponse(only) || isResponse(only)) return undefined;
  return { ...only, id };
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `the connection broke (${error.message})` : 'the connection broke';
