/** What a response other than a stream says. */
import type { JSONRPCErrorResponse, JSONRPCMessage, JSONRPCResponse } from '../../wire/messages';
import { asMessage, isErrorResponse, isResponse } from '../core/jsonRpc';
import { ConnectError } from '../errors';
import { unreached } from './http';

/** More characters of an answer are not shown. */
const MOST_SHOWN = 200;

export const isEventStream = (response: Response): boolean => isOfType(response, 'text/event-stream');

const isOfType = (response: Response, type: string): boolean =>
  (response.headers.get('content-type') ?? '').toLowerCase().startsWith(type);

/** The messages of a JSON body; before revision 2025-06-18 there can be several. @throws ConnectError, Unreached */
export async function messagesOf(response: Response, url: URL): Promise<JSONRPCMessage[]> {
  const text = await response.text().catch((error: unknown) => {
    throw unreached(error, url);
  });
  const parsed = jsonOf(text);
  const messages = (Array.isArray(parsed) ? parsed : [parsed]).map(asMessage);
  if (!messages.every((message) => message !== undefined) || messages.length === 0)
    throw notMcp(response, url, text);
  return messages;
}

/** The answer among them. `id`: of the request. */
export const answerIn = (
  messages: readonly JSONRPCMessage[],
  id: string | number,
): JSONRPCResponse | undefined => messages.filter(isResponse).find((message) => message.id === id);

/** The JSON-RPC error in a refusal's body, if there is one. The body is read. */
export const errorIn = async (response: Response): Promise<JSONRPCErrorResponse['error'] | undefined> =>
  errorOf(await textOf(response));

/** The text of a refusal; empty if the connection breaks. */
export const textOf = (response: Response): Promise<string> => response.text().catch(() => '');

export function errorOf(text: string): JSONRPCErrorResponse['error'] | undefined {
  const parsed = asMessage(jsonOf(text));
  return parsed && isErrorResponse(parsed) ? parsed.error : undefined;
}

/** The server, or a proxy before it, may answer otherwise later. */
export const isTemporary = (status: number): boolean => status >= 500 || status === 429;

/** Whether a DELETE has ended the session: a server may have none any more (404), or end them by itself (405). */
export const hasEnded = ({ ok, status }: Response): boolean => ok || status === 404 || status === 405;

/** In milliseconds. RFC 9110, section 10.2.3: seconds, or a date. */
export function retryAfterMs(response: Response): number | undefined {
  const value = response.headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1_000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

export const discard = (response: Response): void => void response.body?.cancel().catch(() => undefined);

export function notMcp(response: Response, url: URL, text = ''): ConnectError {
  const type = response.headers.get('content-type') ?? 'no content type';
  const shown = text.slice(0, MOST_SHOWN).trim();
  return new ConnectError(
    `${url.href} answered ${response.status} with ${type}${shown && ` (${shown})`}, which is no MCP message; see whether this is the URL of an MCP server.`,
    { phase: 'maybe', retryable: false },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
