/**
 * The SDK's own server, with its sessions in memory: the cost of a call if nothing survives. With an event
 * store on Redis, sent messages survive and nothing else: the session and running calls end with the process.
 */
import { Child } from '../child';
import { installed } from '../versions';
import { McpSession } from './mcpSession';
import type { Redis } from './redis';
import { openHere, type Endpoint, type Sessions, type Subject } from './subject';

export class Sdk implements Subject {
  readonly name;
  readonly title;
  readonly made;
  readonly endpoint: Endpoint;

  private constructor(
    private readonly server: Child,
    private readonly redis?: Redis,
  ) {
    const sdk = `${installed('@modelcontextprotocol/sdk')}: StreamableHTTPServerTransport`;
    this.name = redis ? ('redis' as const) : ('memory' as const);
    this.title = redis ? 'SDK, events in Redis' : 'SDK, in memory';
    this.made = redis ? `${sdk}, an EventStore with ${installed('ioredis')} on ${redis.made}` : sdk;
    this.endpoint = { url: server.announced, pid: server.pid, streams: true, resumes: redis !== undefined };
  }

  /** Stores events in `redis`, which the subject then owns and stops; without `redis`, stores none. */
  static async start(profileInto?: string, redis?: Redis): Promise<Sdk> {
    const title = redis ? 'redis-server' : 'memory-server';
    const args = ['--import', 'tsx', 'bench/subjects/sdk/server.ts', ...(redis ? [redis.url] : [])];
    return new Sdk(await Child.startNode(title, args, profileInto), redis);
  }

  open(count: number): Promise<Sessions> {
    return openHere(count, () => McpSession.open(this.endpoint.url));
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.redis?.stop();
  }
}
