/** Requests with a session's headers and the caller's token. (Specification 2025-11-25, transports) */
import { AuthRequired } from '../errors';
import type { Http } from './http';
import type { TokenSource } from './options';

export interface SessionHeaders {
  readonly sessionId?: string;
  readonly protocolVersion?: string;
}

export interface Sending {
  readonly signal: AbortSignal;
  readonly session: SessionHeaders;
  readonly lastEventId?: string;
  readonly body?: string;
}

export class Wire {
  constructor(
    readonly http: Http,
    private readonly auth: TokenSource | undefined,
  ) {}

  /** A request whose answer may take long. @throws Unreached, AuthRequired */
  post(sending: Sending & { readonly body: string }): Promise<Response> {
    return this.send('long', 'POST', sending);
  }

  /** A message that is answered at once. @throws Unreached, AuthRequired */
  tell(sending: Sending & { readonly body: string }): Promise<Response> {
    return this.send('short', 'POST', sending);
  }

  /** @throws Unreached, AuthRequired */
  listen(sending: Sending): Promise<Response> {
    return this.send('long', 'GET', sending);
  }

  /** @throws Unreached, AuthRequired */
  end(sending: Sending): Promise<Response> {
    return this.send('short', 'DELETE', sending);
  }

  private async send(kind: 'long' | 'short', method: string, sending: Sending): Promise<Response> {
    const token = await this.auth?.token();
    const response = await this.once(kind, method, sending, token);
    if (!isRefusal(response)) return response;
    if (!this.auth) throw authRequired(response, this.http.url);
    await this.auth.refused(response, token);
    await response.body?.cancel().catch(() => undefined);
    const again = await this.once(kind, method, sending, await this.auth.token());
    if (isRefusal(again)) throw authRequired(again, this.http.url);
    return again;
  }

  private once(
    kind: 'long' | 'short',
    method: string,
    { signal, session, lastEventId, body }: Sending,
    token: string | undefined,
  ): Promise<Response> {
    const headers: Record<string, string> = {
      accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
    };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (session.sessionId !== undefined) headers['mcp-session-id'] = session.sessionId;
    if (session.protocolVersion !== undefined) headers['mcp-protocol-version'] = session.protocolVersion;
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    return this.http.request(kind, { method, headers, body, signal });
  }
}

const challengeOf = (response: Response): string => response.headers.get('www-authenticate') ?? '';

/** A 403 without a challenge is not about the token's scopes: another token would not help. */
const isRefusal = (response: Response): boolean =>
  response.status === 401 ||
  (response.status === 403 && challengeOf(response).includes('insufficient_scope'));

function authRequired(response: Response, { origin }: URL): AuthRequired {
  void response.body?.cancel().catch(() => undefined);
  const what = response.status === 401 ? 'wants credentials, or others' : 'wants a token with more scopes';
  return new AuthRequired(
    `${origin} ${what} (${challengeOf(response) || response.status}); give a token by headers or auth.`,
    { phase: 'unsent', retryable: false },
  );
}
