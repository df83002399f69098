/** A TCP proxy between client and server that can hold the bytes of either direction back, and cut connections. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

type Direction = 'to server' | 'to client';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly held: Record<Direction, Buffer[]>;
}

export class Link {
  private readonly pairs = new Set<Pair>();
  private readonly holding = new Set<Direction>();
  /** All that has been passed on to the server. */
  private passed = '';

  private constructor(
    private readonly listener: Server,
    private readonly target: () => URL,
  ) {
    listener.on('connection', (client: Socket) => {
      this.join(client);
    });
  }

  static async start(target: () => string): Promise<Link> {
    const listener = createServer();
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    return new Link(listener, () => new URL(target()));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}/mcp`;
  }

  /** From now on, no byte passes in this direction. */
  hold(direction: Direction): void {
    this.holding.add(direction);
  }

  /** How often the held bytes say it. */
  held(direction: Direction, text: string): number {
    const held = [...this.pairs].map((pair) => Buffer.concat(pair.held[direction]).toString());
    return held.reduce((sum, bytes) => sum + timesIn(bytes, text), 0);
  }

  /** How often the server has been told it. */
  told(text: string): number {
    return timesIn(this.passed, text);
  }

  /** Cuts all connections. What is held is lost. */
  cut(): void {
    this.pairs.forEach((pair) => {
      this.drop(pair);
    });
  }

  /** Stops holding, for connections to come. Those whose client is gone keep what they hold, see {@link deliver}. */
  pass(): void {
    this.holding.clear();
  }

  /** Brings the held bytes that say `text` to the server, and resolves when it has reacted to each. */
  async deliver(text: string): Promise<void> {
    const late = [...this.pairs].filter((pair) =>
      Buffer.concat(pair.held['to server']).toString().includes(text),
    );
    await Promise.all(
      late.map(async (pair) => {
        const reacted = Promise.race([once(pair.server, 'data'), once(pair.server, 'close')]);
        pair.server.write(Buffer.concat(pair.held['to server'].splice(0)));
        await reacted;
        this.drop(pair);
      }),
    );
  }

  async close(): Promise<void> {
    this.cut();
    const closed = once(this.listener, 'close');
    this.listener.close();
    await closed;
  }

  private join(client: Socket): void {
    const { hostname, port } = this.target();
    const server = connect(Number(port), hostname);
    const pair: Pair = { client, server, held: { 'to server': [], 'to client': [] } };
    this.pairs.add(pair);
    this.forward(pair, client, server, 'to server');
    this.forward(pair, server, client, 'to client');
    server
      .on('error', () => undefined)
      .on('close', () => {
        this.drop(pair);
      });
    // The bytes of a client that is gone can still be on their way.
    client
      .on('error', () => undefined)
      .on('close', () => {
        if (pair.held['to server'].length === 0) this.drop(pair);
      });
  }

  private forward(pair: Pair, from: Socket, to: Socket, direction: Direction): void {
    from.on('data', (bytes: Buffer) => {
      if (this.holding.has(direction)) pair.held[direction].push(bytes);
      else {
        if (direction === 'to server') this.passed += bytes.toString();
        if (!to.destroyed) to.write(bytes);
      }
    });
  }

  private drop(pair: Pair): void {
    this.pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  }
}

const timesIn = (bytes: string, text: string): number =>
  bytes.toLowerCase().split(text.toLowerCase()).length - 1;
