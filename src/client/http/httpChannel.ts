/** The channel over Streamable HTTP, for the revisions with sessions. */
import type { JSONRPCNotification, JSONRPCRequest, JSONRPCResponse } from '../../wire/messages';
import { Backoff } from '../core/backoff';
import type { Channel, ChannelContext, SessionFacts } from '../core/channel';
import { digestOf } from '../core/digest';
import type { OpenCall } from '../core/openCall';
import { ConnectError } from '../errors';
import { discard, errorIn, hasEnded, isTemporary, retryAfterMs } from './answers';
import { Exchange } from './exchange';
import { Http, Unreached } from './http';
import { Listening } from './listening';
import type { DurableHttpOptions } from './options';
import { HttpSession, type Known } from './session';
import { Wire } from './wire';

export class HttpChannel implements Channel {
  private readonly http: Http;
  private readonly wire: Wire;
  private readonly session: HttpSession;
  private readonly listening: Listening;
  private readonly stop = new AbortController();

  constructor(
    url: URL,
    options: DurableHttpOptions,
    private readonly context: ChannelContext,
    known?: Known,
  ) {
    this.http = new Http(url, options, context.settings.connectMs);
    this.wire = new Wire(this.http, options.auth);
    this.session = new HttpSession(this.wire, context, this.stop.signal, known);
    this.listening = new Listening(this.wire, this.session, context, this.stop.signal);
  }

  get restored(): boolean {
    return this.session.restored;
  }

  get sessionId(): string | undefined {
    return this.session.id;
  }

  get facts(): SessionFacts | undefined {
    return this.session.facts;
  }

  initialize(request: JSONRPCRequest): Promise<JSONRPCResponse> {
    return this.session.take(request);
  }

  count(): Promise<number> {
    return this.session.count();
  }

  renew(): Promise<void> {
    return this.session.renew();
  }

  exchange(call: OpenCall): Promise<JSONRPCResponse> {
    return new Exchange(call, this.wire, this.session, this.context).run();
  }

  async tell(message: JSONRPCNotification | JSONRPCResponse): Promise<void> {
    const backoff = new Backoff(this.context.settings.backoff);
    const body = JSON.stringify(message);
    const sessionId = this.session.id;
    for (;;) {
      const waitMs = await this.tellOnce(body, sessionId);
      if (waitMs === undefined) return;
      if (backoff.isOver) throw untold(this.http.url);
      await backoff.wait(waitMs, this.stop.signal);
    }
  }

  listen(): void {
    this.listening.start();
  }

  async close(): Promise<void> {
    this.stop.abort(new Error('The client was closed.'));
    await this.listening.ended().catch(() => undefined);
    await this.http.close();
  }

  async end(): Promise<void> {
    if (this.session.id !== undefined) {
      const signal = AbortSignal.timeout(this.context.settings.connectMs);
      try {
        const response = await this.wire.end({ signal, session: this.session.headers });
        discard(response);
        if (!hasEnded(response))
          this.context.settings.warn(`The server refused to end the session (${response.status}).`);
      } catch (error) {
        this.context.settings.warn(
          'The server could not be told that the session ends; it ends when it is unused.',
          error,
        );
      }
    }
    await this.close();
  }

  /** Resolves with a pause if it is to be sent again. Another session has nothing to do with the message. */
  private async tellOnce(body: string, sessionId: string | undefined): Promise<number | undefined> {
    try {
      if (this.session.id !== sessionId) return undefined;
      const response = await this.wire.tell({
        signal: this.stop.signal,
        session: this.session.headers,
        body,
      });
      if (response.status !== 404) discard(response);
      if (response.ok) return undefined;
      const { status } = response;
      if (isTemporary(status)) return retryAfterMs(response) ?? 0;
      if (status === 404 && sessionId !== undefined) {
        const error = await errorIn(response);
        return (await this.session.isGone(sessionId, { method: 'POST', status, error })) ? undefined : 0;
      }
      // What the message was about is gone.
      this.context.settings.warn(`The server refused a message with ${response.status}.`);
      return undefined;
    } catch (error) {
      if (!(error instanceof Unreached)) throw error;
      return 0;
    }
  }
}

/** Credentials tell users apart, and are not kept: only their hash is. */
export function groupOf(url: URL, { namespace = 'default', user, headers }: DurableHttpOptions): string {
  const whose = user ?? (typeof headers === 'object' ? Object.entries(headers).sort() : []);
  const canonical = new URL(url);
  canonical.hash = '';
  return digestOf(JSON.stringify([namespace, canonical.href, whose]));
}

const untold = ({ origin }: URL): ConnectError =>
  new ConnectError(`${origin} did not take a message in time.`, { phase: 'maybe', retryable: true });
