/** `initialize` and `ping`, sent until the server says something: to repeat them does no harm. */
import type { JSONRPCRequest, JSONRPCResponse } from '../../wire/messages';
import { Backoff } from '../core/backoff';
import { parseMessage } from '../core/jsonRpc';
import type { Settings } from '../core/settings';
import type { McpClientError } from '../errors';
import { ConnectError } from '../errors';
import {
  answerIn,
  discard,
  errorOf,
  isEventStream,
  isTemporary,
  messagesOf,
  notMcp,
  retryAfterMs,
  textOf,
} from './answers';
import { readEvents } from './events';
import { connectError, Unreached } from './http';
import type { SessionHeaders, Wire } from './wire';

export interface Handshake {
  readonly wire: Wire;
  readonly settings: Settings;
  /** Ends every try. */
  readonly signal: AbortSignal;
}

interface Opened {
  readonly response: JSONRPCResponse;
  readonly sessionId: string | undefined;
}

/**
 * `again`: a session was lost, which is worth waiting for. A first connection fails soon, since its URL may be
 * wrong. @throws McpClientError
 */
export function sendInitialize(
  handshake: Handshake,
  request: JSONRPCRequest,
  again: boolean,
): Promise<Opened> {
  const { wire, settings } = handshake;
  const body = JSON.stringify(request);
  return untilAnswered<Opened>(
    handshake,
    again ? settings.backoff.giveUpMs : settings.connectMs,
    async (signal) => {
      const response = await wire.post({ signal, session: {}, body });
      if (!response.ok) return refusalOf(response, wire.http.url, again);
      const sessionId = response.headers.get('mcp-session-id') ?? undefined;
      return { value: { response: await answerOf(response, request.id, handshake), sessionId } };
    },
  );
}

/** Whether the server has the session. @throws McpClientError if it cannot be asked */
export function ping(handshake: Handshake, session: SessionHeaders): Promise<boolean> {
  const { wire, settings } = handshake;
  const body = JSON.stringify({ jsonrpc: '2.0', id: `ping ${Math.random()}`, method: 'ping' });
  return untilAnswered<boolean>(handshake, settings.connectMs, async (signal) => {
    const response = await wire.tell({ signal, session, body });
    const isKnown = response.ok ? true : [400, 404].includes(response.status) ? false : undefined;
    if (isKnown === undefined) return refusalOf(response, wire.http.url, false);
    discard(response);
    return { value: isKnown };
  });
}

/** Tells the server that its answer to `initialize` has come. @throws McpClientError */
export async function sendInitialized(handshake: Handshake, session: SessionHeaders): Promise<void> {
  const { wire, settings } = handshake;
  const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
  await untilAnswered<true>(handshake, settings.backoff.giveUpMs, async (signal) => {
    const response = await wire.tell({ signal, session, body });
    if (!response.ok) return refusalOf(response, wire.http.url, true);
    discard(response);
    return { value: true };
  });
}

interface Refused {
  readonly error: McpClientError;
  readonly waitMs?: number;
}
type Try<T> = { readonly value: T } | Refused;

async function untilAnswered<T>(
  { settings, signal, wire }: Handshake,
  giveUpMs: number,
  attempt: (signal: AbortSignal) => Promise<Try<T>>,
): Promise<T> {
  const backoff = new Backoff({ ...settings.backoff, giveUpMs });
  for (;;) {
    const timeout = AbortSignal.timeout(settings.connectMs);
    const tried = await attempt(AbortSignal.any([signal, timeout])).catch((error: unknown): Try<T> => {
      signal.throwIfAborted();
      if (timeout.aborted) return { error: silent(wire.http.url, settings.connectMs) };
      if (!(error instanceof Unreached)) throw error;
      if (error.isFinal) throw connectError(error, true);
      return { error: connectError(error) };
    });
    if ('value' in tried) return tried.value;
    if (backoff.isOver) throw tried.error;
    await backoff.wait(tried.waitMs, signal);
  }
}

/** @throws McpClientError if another try would not help */
async function refusalOf(response: Response, url: URL, again: boolean): Promise<Refused> {
  const { status } = response;
  const waitMs = retryAfterMs(response);
  const text = await textOf(response);
  const said = errorOf(text);
  const error = said ? refused(said.message, status) : notMcp(response, url, text);
  // A proxy may say 404 for a moment, while the server behind it starts.
  const isWorthIt = isTemporary(status) || (status === 404 && again);
  if (!isWorthIt) throw error;
  return { error, waitMs };
}

async function answerOf(
  response: Response,
  id: string | number,
  { wire, settings }: Handshake,
): Promise<JSONRPCResponse> {
  const { url } = wire.http;
  let found: JSONRPCResponse | undefined;
  if (!isEventStream(response)) {
    found = answerIn(await messagesOf(response, url), id);
    if (!found) throw notMcp(response, url);
    return found;
  }
  let broken: unknown;
  await readEvents(response, settings.connectMs, {
    event: ({ data }) => {
      const message = data ? parseMessage(data) : undefined;
      found ??= message && answerIn([message], id);
    },
    retry: () => undefined,
    canResume: () => true,
  }).catch((error: unknown) => (broken = error));
  if (!found)
    throw new Unreached('maybe', false, `The connection to ${url.origin} broke before the answer`, broken);
  return found;
}

export const refused = (reason: string, status?: number): ConnectError =>
  new ConnectError(`The server refused to open a session${status ? ` (${status})` : ''}: ${reason}`, {
    phase: 'answered',
    retryable: (status ?? 0) >= 500,
  });

const silent = ({ origin }: URL, ms: number): ConnectError =>
  new ConnectError(`${origin} did not answer within ${ms / 1_000} s; see whether the server runs there.`, {
    phase: 'unsent',
    retryable: true,
  });
