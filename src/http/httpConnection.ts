/** A client's connection over HTTP: one Express request and its response. */
import type { Request, Response } from 'express';
import type { ClientConnection } from '../service/clientConnection';
import { onEndOf } from '../auth/lifetime';
import { credentialOf } from './authorize';
import type { NodeContext } from './context';
import { sendPassing, sendResponse, whileOpen, type AnswerForm } from './passing';

export function connectionOf(
  { connections }: NodeContext,
  req: Request,
  res: Response,
  form: AnswerForm,
): ClientConnection {
  const gone = goneSignal(res);
  const credential = credentialOf(req);
  let hasLeft = gone.aborted;
  res.once('close', () => (hasLeft = !res.writableEnded));
  return {
    gone,
    cut: () => void res.destroy(),
    get hasLeft() {
      return hasLeft;
    },
    accepted: () => void res.status(202).end(),
    stream: (events, answer) =>
      form === 'json'
        ? connections.sendJson(res, events, answer, credential)
        : connections.sendEvents(res, events, answer, credential),
    respond: (response) => {
      sendResponse(form, res, response);
    },
    notify: async (message) => {
      if (form === 'events') await sendPassing(res, message);
    },
    // What the node runs cannot be resumed: the client sends it again, with a new token.
    whileOpen: async (work) => {
      const stopWatch = credential && onEndOf(credential, () => void res.destroy());
      return whileOpen(form, res, work).finally(stopWatch);
    },
  };
}

/** One shared error: creating one, with its stack trace, costs a hundredth of a list request. */
const GONE = new DOMException('The client has gone.', 'AbortError');

/** Aborts when the client has left. */
export function goneSignal(res: Response): AbortSignal {
  const controller = new AbortController();
  if (res.destroyed || res.closed) controller.abort(GONE); // the client has already left, and 'close' is not emitted again
  res.once('close', () => {
    controller.abort(GONE);
  });
  return controller.signal;
}
