/** A client that does not give up: it goes on after the last event that it has, or asks again where it has none. */
import { isJSONRPCRequest, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { BareClient, Recorded, textOf, until, type SseEvent } from 'durable-mcp/testing';

/** Longer than all that a frozen worker can hold up. */
const PATIENCE_MS = 180_000;
const BETWEEN_TRIES_MS = 100;

export class Caller {
  /** Answers the server's question as soon as it has come, unless told to wait. */
  mayAnswer = true;
  /** What no client can make good. */
  refused: string | undefined;
  private readonly connections: Recorded[] = [];
  private connecting = new AbortController();

  constructor(
    readonly client: BareClient,
    private readonly tool: string,
    private readonly args: Record<string, unknown>,
    /** The nodes that may live: an answer can go to any. */
    private readonly nodes: readonly string[],
  ) {}

  start(): void {
    void this.follow().catch((error: unknown) => (this.refused ??= String(error)));
    void this.answer();
  }

  /** With data, in the order in which they came, over all connections. */
  get events(): SseEvent[] {
    return this.connections.flatMap(({ events }) => events).filter(({ message }) => message);
  }

  /** Without the very first event, which is a priming event or has data. */
  get eventsAfterFirst(): SseEvent[] {
    return this.first?.message ? this.events.slice(1) : this.events;
  }

  get asked() {
    return this.events.flatMap(({ message }) => (message && isJSONRPCRequest(message) ? [message] : []))[0];
  }

  get hasResponse(): boolean {
    return this.events.some(({ message }) => isResponse(message));
  }

  /** Resolves with the response or with what was refused. */
  over(): Promise<unknown> {
    return until(() => this.hasResponse || this.refused !== undefined, PATIENCE_MS);
  }

  /** Leaves the node that it is connected with, however that is. */
  goTo(url: string): void {
    this.client.url = url;
    this.connecting.abort();
  }

  /** The whole stream again, as whoever sends the same request again gets it. */
  async askAgain(url: string): Promise<SseEvent[]> {
    this.client.url = url;
    return ended(() => this.post(new AbortController()));
  }

  /** The stream after its first event, as whoever has lost all but that gets it. */
  async fetchAgain(url: string): Promise<SseEvent[]> {
    this.client.url = url;
    return ended(() => this.client.get(this.first?.id));
  }

  /** The answer to another call, of `echo`. */
  async echo(value: string): Promise<string> {
    const [event] = await ended(() => this.client.call(2, 'echo', { value }));
    const { message } = event ?? {};
    return message && 'result' in message ? textOf(message.result) : JSON.stringify(message);
  }

  private get first(): SseEvent | undefined {
    return this.connections.flatMap(({ events }) => events)[0];
  }

  private async follow(): Promise<void> {
    while (!this.hasResponse && this.refused === undefined) {
      this.connecting = new AbortController();
      const lastId = this.connections.flatMap(({ events }) => events.flatMap(({ id }) => id ?? [])).at(-1);
      try {
        const connection = await (lastId === undefined
          ? this.post(this.connecting)
          : this.client.get(lastId, this.connecting));
        const { status } = connection.response;
        if (status !== 200 && status !== 503)
          this.refused = `${status} to ${lastId ?? 'the request'}: ${await connection.response.text()}`;
        this.connections.push(connection);
        await until(() => connection.closed, 2 * PATIENCE_MS);
      } catch {
        // Nobody listens there now.
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
    }
  }

  private async answer(): Promise<void> {
    for (let turn = 0; !this.hasResponse && this.refused === undefined; turn++) {
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
      const { asked } = this;
      if (!asked || !this.mayAnswer) continue;
      const answering = new BareClient(this.nodes[turn % this.nodes.length] ?? '');
      answering.sessionId = this.client.sessionId;
      const result = { action: 'accept', content: { word: 'yes' } };
      const signal = AbortSignal.timeout(5_000);
      const response = await answering
        .post({ jsonrpc: '2.0', id: asked.id, result }, {}, signal)
        .catch(() => undefined);
      if (response?.status === 202) return;
    }
  }

  private async post(abort: AbortController): Promise<Recorded> {
    const message = this.client.callMessage(1, this.tool, this.args);
    return new Recorded(await this.client.post(message, {}, abort.signal), abort);
  }
}

export const isResponse = (message: JSONRPCMessage | undefined): boolean =>
  message !== undefined && 'id' in message && !('method' in message);

/** A node that has just lost Temporal says so with 503 and Retry-After. */
async function ended(connect: () => Promise<Recorded>): Promise<SseEvent[]> {
  const connection = await until(async () => {
    const connected = await connect();
    return connected.response.status !== 503 && connected;
  });
  const { status } = connection.response;
  if (status >= 400) throw new Error(`${status}: ${await connection.response.text()}`);
  await connection.ended();
  return connection.events.filter(({ message }) => message);
}
