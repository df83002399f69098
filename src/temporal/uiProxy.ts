/**
 * A proxy that protects the embedded Temporal's UI, which itself answers requests for any Host. A web page
 * whose name resolves to 127.0.0.1 (DNS rebinding) could read the messages of sessions, and end sessions.
 * (`temporalUiAccess.test.ts`)
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isLoopbackHost } from '../net/loopback';

/** The address of the UI itself. */
export interface UiServer {
  readonly ip: string;
  readonly port: number;
}

/**
 * A random loopback address for the UI itself (Linux routes all of 127.0.0.0/8): a web page cannot find it, as
 * it could by trying the ports of 127.0.0.1.
 */
export const hiddenIp = (): string =>
  process.platform === 'linux'
    ? ['127', randomInt(1, 255), randomInt(256), randomInt(1, 255)].join('.')
    : '127.0.0.1';

/** Serves the UI on 127.0.0.1, for loopback Host names only. Port 0 chooses any. @throws Error if the port is in use */
export async function startUiProxy(port: number, ui: UiServer): Promise<Server> {
  const server = createServer((req, res) => {
    const refusal = whyRefused(req);
    if (refusal) answer(res, 403, refusal);
    else pass(req, res, ui);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'address already in use' : String(error);
    throw new Error(`Temporal's UI cannot listen on 127.0.0.1:${port} (${why}); choose another --ui-port.`, {
      cause: error,
    });
  });
  return server;
}

/** Links from other sites are allowed; requests with the Origin of another site are not. */
function whyRefused({ headers }: IncomingMessage): string | undefined {
  const { host = '', origin } = headers;
  if (!isLoopbackHost(host))
    return `The Host ${JSON.stringify(host)} is not allowed; open Temporal's UI as http://localhost or http://127.0.0.1.`;
  if (origin !== undefined && origin !== `http://${host}`)
    return `The Origin ${JSON.stringify(origin)} is not allowed; use Temporal's UI from its own pages.`;
  return undefined;
}

function pass(req: IncomingMessage, res: ServerResponse, { ip, port }: UiServer): void {
  const headers = { ...req.headers, host: `${ip}:${port}` };
  const passed = request({ host: ip, port, method: req.method, path: req.url, headers, agent: false });
  passed.on('response', (answered) => {
    res.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.on('error', () => void res.destroy()).pipe(res);
  });
  passed.on('error', () => {
    if (res.headersSent) res.destroy();
    else answer(res, 502, "Temporal's UI does not answer; it may still be starting: load the page again.");
  });
  res.on('close', () => void passed.destroy());
  req.pipe(passed);
}

function answer(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
