/** Answers that are not in the log: they have no event ids, and nobody can resume them. Who loses one asks again. */
import type { Response } from 'express';
import type { JSONRPCMessage, JSONRPCResponse } from '../mcp/protocol';
import { HEADERS, beginStream, drained, eventOf, write } from './sse';

/** What takes longer is answered by a stream that is open meanwhile: clients and proxies give up on what is silent. */
const OPEN_AFTER_MS = 1_000;

/** How a request is answered: as server-sent events, or as one JSON body. */
export type AnswerForm = 'events' | 'json';

const open = new WeakSet<Response>();

/** Whether this is a stream without ids that has begun, and waits for its answer. */
export const isPassing = (res: Response): boolean => open.has(res) && !res.writableEnded;

/** Mostly its stream's only message. */
export function sendResponse(form: AnswerForm, res: Response, response: JSONRPCResponse): void {
  if (form === 'json') return void res.json(response);
  if (!res.headersSent) res.writeHead(200, HEADERS);
  res.end(eventOf(response));
}

/** One message before the response. Resolves when the reader has room for more, or has gone: what is said after the answer is said to nobody. */
export async function sendPassing(res: Response, message: JSONRPCMessage): Promise<void> {
  begin(res);
  if (!write(res, eventOf(message))) await drained(res);
}

/** The result of `work`, whose client gets headers soon, and comments until then. One JSON body cannot begin before its end. */
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
