/**
 * Answers that are not in the log. They have no event ids and cannot be resumed: a client that loses one
 * repeats the request.
 */
import type { Response } from 'express';
import type { JSONRPCMessage, JSONRPCResponse } from '../mcp/protocol';
import { HEADERS, beginStream, drained, eventOf, write } from './sse';

/**
 * A slower answer becomes an event stream that is open meanwhile, since clients and proxies give up on silent
 * connections.
 */
const OPEN_AFTER_MS = 1_000;

/** The form of an answer: server-sent events, or one JSON body. */
export type AnswerForm = 'events' | 'json';

const open = new WeakSet<Response>();

/** Whether the response is an open event stream without ids that still waits for its answer. */
export const isPassing = (res: Response): boolean => open.has(res) && !res.writableEnded;

/** Sends the response, mostly as its stream's only message. */
export function sendResponse(form: AnswerForm, res: Response, response: JSONRPCResponse): void {
  if (form === 'json') return void res.json(response);
  if (!res.headersSent) res.writeHead(200, HEADERS);
  res.end(eventOf(response));
}

/**
 * Sends one message ahead of the response. Resolves when the client can take more or has left. A message
 * after the answer is dropped.
 */
export async function sendPassing(res: Response, message: JSONRPCMessage): Promise<void> {
  begin(res);
  if (!write(res, eventOf(message))) await drained(res);
}

/**
 * Returns the result of `work`. Meanwhile the client soon gets headers, then comments; a JSON body cannot
 * begin before the result.
 */
export async function whileOpen<T>(form: AnswerForm, res: Response, work: Promise<T>): Promise<T> {
  if (form === 'json') return work;
  const timer = setTimeout(() => {
    begin(res);
    if (isPassing(res)) res.flushHeaders();
  }, OPEN_AFTER_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

function begin(res: Response): void {
  if (res.headersSent || res.writableEnded || res.destroyed) return;
  open.add(res);
  beginStream(res);
}
