/**
 * The address of the only node. It refuses connections while no node is behind it, so that the length of an
 * outage does not depend on how fast a node starts.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class Address {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  /** From now on, passes connections to the node at `url`. */
  async open(url: string): Promise<void> {
    const { hostname, port } = new URL(url);
    const server = createServer((client) => {
      const node = connect(Number(port), hostname);
      for (const [socket, other] of [
        [client, node],
        [node, client],
      ] as const) {
        this.sockets.add(socket);
        socket.pipe(other);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          this.sockets.delete(socket);
          other.destroy();
        });
      }
    });
    this.server = server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
  }

  /** From now on, refuses connections, and cuts the open ones. */
  async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.sockets.forEach((socket) => socket.destroy());
    await closed;
  }
}
