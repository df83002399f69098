/** A proxy before a server that does to the next call what networks and servers do, once. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** `reached` resolves when the handler of the call has begun, which goes on after `goOn`. */
export type Fault =
  | {
      readonly kind: 'cut before any event' | 'cut after an event id';
      readonly reached: () => Promise<unknown>;
      readonly goOn: () => void;
    }
  | { readonly kind: '503 with Retry-After' };

export class FaultyProxy {
  /** The last session that the server has opened. */
  sessionId: string | undefined;
  /** The ids on the wire of the calls that came, by session. */
  readonly ids: { readonly sessionId: string; readonly id: unknown }[] = [];
  private fault: Fault | undefined;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('request', (req: IncomingMessage, res: ServerResponse) => void this.serve(req, res));
  }

  static async start(target: string): Promise<FaultyProxy> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new FaultyProxy(server, new URL(target));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp`;
  }

  doNext(fault: Fault): void {
    this.fault = fault;
  }

  /** As an operator, or another client, would end it. */
  async endSession(): Promise<void> {
    const headers = { 'mcp-session-id': this.sessionId ?? '', 'mcp-protocol-version': '2025-06-18' };
    const response = await fetch(this.target, { method: 'DELETE', headers });
    if (!response.ok) throw new Error(`The session was not ended: ${response.status}.`);
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await bodyOf(req);
    const call = callIn(body);
    if (call) this.ids.push({ sessionId: String(req.headers['mcp-session-id']), id: call.id });
    const fault = call && this.fault;
    if (fault) this.fault = undefined;
    if (fault?.kind === '503 with Retry-After') {
      res.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    const { hostname, port } = this.target;
    const upstream = request({ hostname, port, path: req.url, method: req.method, headers: req.headers });
    upstream.on('response', (answer) => {
      const opened = answer.headers['mcp-session-id'];
      if (typeof opened === 'string') this.sessionId = opened;
      if (fault?.kind !== 'cut before any event') this.relay(answer, res, fault);
    });
    upstream.on('error', () => res.destroy());
    res.on('close', () => upstream.destroy());
    upstream.end(body);
    if (fault?.kind === 'cut before any event') void cut(fault, req.socket);
  }

  private relay(answer: IncomingMessage, res: ServerResponse, fault: Fault | undefined): void {
    res.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
    let seen = '';
    let isDue = fault?.kind === 'cut after an event id';
    answer.on('data', (chunk: Buffer) => {
      res.write(chunk);
      if (!isDue || fault?.kind !== 'cut after an event id') return;
      seen += chunk.toString();
      isDue = !/^id: ?.+$[^]*?\n\n/m.test(seen);
      if (!isDue && res.socket) void cut(fault, res.socket);
    });
    answer.on('end', () => res.end());
    answer.on('error', () => res.destroy());
  }
}

/** What was written before arrives. */
async function cut({ reached, goOn }: Extract<Fault, { goOn: unknown }>, socket: Socket): Promise<void> {
  await reached();
  socket.destroySoon();
  await once(socket, 'close');
  goOn();
}

function callIn(body: string): { readonly id: unknown } | undefined {
  if (!body.includes('"tools/call"')) return undefined;
  return JSON.parse(body) as { id: unknown };
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
