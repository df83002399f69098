/** One request over HTTP: posted, its stream resumed, posted again where that may be, until it is answered. */
import type { JSONRPCMessage, JSONRPCResponse } from '../../wire/messages';
import { Backoff } from '../core/backoff';
import type { ChannelContext } from '../core/channel';
import { isResponse, parseMessage } from '../core/jsonRpc';
import type { OpenCall } from '../core/openCall';
import { ConnectError, McpClientError, OutcomeUnknown, SessionLost } from '../errors';
import { answerIn, discard, errorIn, isEventStream, messagesOf, retryAfterMs } from './answers';
import { readEvents } from './events';
import { Unreached } from './http';
import { next, type Happened, type Next } from './resend';
import type { HttpSession } from './session';
import type { Sending, Wire } from './wire';

/** How long after its answer a stream may go on, so that its connection can be used again. */
const AFTER_ANSWER_MS = 1_000;

type Attempt =
  | { readonly response: JSONRPCResponse }
  | { readonly happened: Happened; readonly why: string; readonly waitMs?: number; readonly cause?: unknown };

export class Exchange {
  private readonly backoff: Backoff;
  /** What the server asked for on this stream. */
  private retryMs = 0;

  constructor(
    private readonly call: OpenCall,
    private readonly wire: Wire,
    private readonly session: HttpSession,
    private readonly context: ChannelContext,
  ) {
    this.backoff = new Backoff(context.settings.backoff);
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
      if (tries > 0) await this.context.assertLease();
      call.throwIfStopped();
      const attempt = await this.attempt(step);
      if ('response' in attempt) {
        this.context.state('connected');
        return attempt.response;
      }
      call.throwIfStopped();
      if (attempt.happened !== 'cut') this.context.state('reconnecting', new Error(attempt.why));
      ({ why } = attempt);
      // To ask for the rest of a stream does no harm, however often.
      step = attempt.happened === 'unsent' && step === 'resume' ? 'resume' : this.after(attempt.happened);
      if (step === 'unknown') continue;
      if (this.backoff.isOver) throw this.givenUp(attempt.why, attempt.cause);
      if (attempt.happened !== 'gone')
        await this.backoff.wait(Math.max(this.retryMs, attempt.waitMs ?? 0), call.signal);
    }
  }

  private after(happened: Happened): Next {
    const { call } = this;
    const { resend } = this.context.settings;
    const safe = typeof resend === 'function' ? resend(call.about) : resend === 'safe' && call.safe;
    return next(happened, {
      joins: this.session.joins(call.requests) && call.sessionId === this.session.id,
      safe,
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
    if (step === 'post') call.mayHaveArrived = true;
    try {
      const sending = { signal: stop.signal, session: this.session.headers };
      return await (step === 'post' ? this.post(sending, before, stop) : this.resume(sending, stop));
    } catch (error) {
      call.throwIfStopped();
      if (!(error instanceof Unreached)) throw this.failed(error, before);
      if (error.phase === 'unsent') call.mayHaveArrived = before;
      if (error.isFinal && !before)
        throw new ConnectError(`${error.message}.`, { phase: 'unsent', retryable: false, cause: error });
      return { happened: error.phase === 'unsent' ? 'unsent' : 'broken', why: error.message, cause: error };
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
      const error = await errorIn(response.clone());
      if (await session.isGone(sentIn, response)) return this.gone();
      if (status === 404) return { happened: 'unsent', why: 'the server answered 404' };
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
    if (response.status === 404) {
      if (await session.isGone(call.sessionId, response)) return this.gone();
      return { happened: 'notResumable', why };
    }
    const waitMs = retryAfterMs(response);
    discard(response);
    if (response.status >= 500 || response.status === 429) return { happened: 'cut', why, waitMs };
    return { happened: 'notResumable', why };
  }

  /** Reads a response's messages up to the answer. */
  private async read(response: Response, stop: AbortController): Promise<Attempt> {
    const { call, context } = this;
    const cut = { happened: 'cut', why: 'its stream ended before the answer' } as const;
    if (!isEventStream(response)) {
      const messages = await messagesOf(response, this.wire.http.url);
      messages
        .filter((message) => !isResponse(message))
        .forEach((message) => context.incoming(message, call));
      const answer = answerIn(messages, call.id);
      return answer ? { response: answer } : cut;
    }
    const openedAt = performance.now();
    return new Promise((resolve) => {
      let isAnswered = false;
      let ending: NodeJS.Timeout | undefined;
      void readEvents(response, context.settings.silenceMs, {
        event: ({ id, data }) => {
          const message = data ? parseMessage(data) : undefined;
          if (message) isAnswered = this.receive(message, resolve) || isAnswered;
          if (id) call.at(id);
          if (isAnswered)
            ending ??= setTimeout(() => {
              stop.abort();
            }, AFTER_ANSWER_MS);
        },
        retry: (ms) => (this.retryMs = ms),
      })
        .then(
          () => cut,
          (error: unknown) => ({ ...cut, why: reasonOf(error), cause: error }),
        )
        .then((end) => {
          clearTimeout(ending);
          if (performance.now() - openedAt > context.settings.backoff.maxMs) this.backoff.reset();
          resolve(end);
        });
    });
  }

  /** Whether the message was the answer. */
  private receive(message: JSONRPCMessage, resolve: (attempt: Attempt) => void): boolean {
    this.backoff.reset();
    const answer = answerIn([message], this.call.id);
    if (answer) resolve({ response: answer });
    else this.context.incoming(message, this.call);
    return answer !== undefined;
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
    call.requests = await session.count();
    call.sessionId = session.id;
    call.lastEventId = undefined;
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
    if (!(error instanceof McpClientError)) return error;
    if (error.phase === 'unsent') call.mayHaveArrived = before;
    return error.phase === 'maybe' && !call.safe ? this.unknown(error.message, error) : error;
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
    return new OutcomeUnknown(
      `Whether ${title} ran is unknown: ${why.replace(/\.$/, '')}. Look at what it should have done before calling it again.`,
      id,
      lastEventId,
      cause,
    );
  }

  private lost(): SessionLost {
    const { id, title, sessionId = '' } = this.call;
    const text = `Whether ${title} ran is unknown: the server no longer has its session. Look at what it should have done before calling it again.`;
    return new SessionLost(text, id, sessionId, this.session.id);
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `the connection broke (${error.message})` : 'the connection broke';
