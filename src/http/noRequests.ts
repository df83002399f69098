/**
 * Answers input that never reaches Express as a request. Node itself would answer without a body, or not at
 * all.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { refusal } from '../mcp/refusal';
import { RpcCode } from '../wire/rpcErrors';

export function answerNoRequests(server: Server): void {
  refuseGarbage(server);
  server.on('connect', (_req, socket) => {
    socket.on('error', () => undefined); // the client may have left
    end(
      socket,
      '405 Method Not Allowed',
      RpcCode.badTransport,
      'This is not a proxy; use POST, GET or DELETE.',
    );
  });
  server.on('checkExpectation', (_req, res) => {
    const text = 'The Expect header may only say 100-continue.';
    res.writeHead(417, { 'Content-Type': 'application/json', Connection: 'close' });
    res.end(JSON.stringify(refusal(RpcCode.badTransport, text)));
  });
}

/**
 * Answers invalid HTTP with 400, except while another answer on the same connection is under way or due: the
 * client would take the 400 for that answer or for a part of it. (`hostileMessages.test.ts`)
 */
function refuseGarbage(server: Server): void {
  const unanswered = new WeakMap<object, Set<ServerResponse>>();
  server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
    const all = unanswered.get(req.socket) ?? new Set();
    unanswered.set(req.socket, all.add(res));
    res.once('close', () => all.delete(res));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return;
    const [due, ...others] = unanswered.get(socket) ?? [];
    const isOfItsOwnBody = due && others.length === 0 && !due.headersSent && !due.req.complete;
    if (due && !isOfItsOwnBody) return void socket.destroy();
    const status =
      error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    end(socket, status, RpcCode.parseError, 'The request is not valid HTTP.');
  });
}

function end(socket: Duplex, status: string, code: number, text: string): void {
  const body = JSON.stringify(refusal(code, text));
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
