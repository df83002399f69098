/** A client that does not give up: it resumes after its last event, or sends its request again if it has none. */
import { isJSONRPCRequest, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { BareClient, Recorded, textOf, until, type SseEvent } from 'durable-mcp/testing';

/** Longer than any delay that a frozen worker can cause. */
const PATIENCE_MS = 180_000;
const BETWEEN_TRIES_MS = 100;

export class Caller {
  /** False while the client holds back its answer to the server's question. */
  mayAnswer = true;
  /** Why the call was refused; no retry can repair it. */
  refused: string | undefined;
  private readonly connections: Recorded[] = [];
  private connecting = new AbortController();

  constructor(
    readonly client: BareClient,
    private readonly tool: string,
    private readonly args: Record<string, unknown>,
    /** Nodes that may be alive; the client sends its answer to each in turn until one takes it. */
    private readonly nodes: readonly string[],
  ) {}

  start(): void {
    void this.follow().catch((error: unknown) => (this.refused ??= String(error)));
    void this.answer();
  }

  /** The events with data, in order of arrival, over all connections. */
  get events(): SseEvent[] {
    return this.connections.flatMap(({ events }) => events).filter(({ message }) => message);
  }

  /**
   * The events with data, without the stream's very first event, which may be a priming event without data.
   */
  get eventsAfterFirst(): SseEvent[] {
    return this.first?.message ? this.events.slice(1) : this.events;
  }

  get asked() {
    return this.events.flatMap(({ message }) => (message && isJSONRPCRequest(message) ? [message] : []))[0];
  }

  get hasResponse(): boolean {
    return this.events.some(({ message }) => isResponse(message));
  }

  /** Resolves when the call has a response or was refused. */
  over(): Promise<unknown> {
    return until(() => this.hasResponse || this.refused !== undefined, PATIENCE_MS);
  }

  /** Leaves the current node, whatever the state of the connection. */
  goTo(url: string): void {
    this.client.url = url;
    this.connecting.abort();
  }

  /** Sends the same request again and resolves with the whole stream. */
  async askAgain(url: string): Promise<SseEvent[]> {
    this.client.url = url;
    return ended(() => this.post(new AbortController()));
  }

  /** Resumes the stream after its first event. */
  async fetchAgain(url: string): Promise<SseEvent[]> {
    this.client.url = url;
    return ended(() => this.client.get(this.first?.id));
  }

  /** Calls `echo` in the same session. Resolves with the answer's text. */
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
        // the node is down
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

/** Reads a stream to its end. Retries on 503, which a node returns while it has no connection to Temporal. */
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
