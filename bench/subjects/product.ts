/** The product as in production: one worker and one HTTP node, each a process of its own. */
import { COMMAND, Child } from '../child';
import { own } from '../versions';
import { McpSession } from './mcpSession';
import type { ProductName } from './names';
import { openHere, type Endpoint, type Sessions, type Subject } from './subject';

interface Way {
  readonly title: string;
  readonly made: string;
  readonly app: string;
  readonly nodeArgs: readonly string[];
  /** Whether the messages of a call arrive before its answer. */
  readonly streams: boolean;
}

/** The ways in which the product can answer a call; the first is its default. */
const WAYS = {
  product: {
    title: 'product, SSE',
    made: 'a worker and a node',
    app: 'trivial',
    nodeArgs: [],
    streams: true,
  },
  'product-json': {
    title: 'product, JSON',
    made: 'the same with `--json-responses`',
    app: 'trivial',
    nodeArgs: ['--json-responses'],
    streams: false,
  },
  'product-once': {
    title: 'product, at-most-once',
    made: "the same with `delivery: 'at-most-once'`, whose calls are activities from their beginning",
    app: 'once',
    nodeArgs: [],
    streams: false,
  },
  'product-none': {
    title: 'product, none',
    made: "the same with `execution: 'node'`",
    app: 'here',
    nodeArgs: [],
    streams: false,
  },
} satisfies Record<ProductName, Way>;

export const PRODUCTS = Object.keys(WAYS) as ProductName[];

export class Product implements Subject {
  readonly title;
  readonly made;
  readonly endpoint: Endpoint;

  private constructor(
    readonly name: ProductName,
    private readonly worker: Child,
    private readonly node: Child,
  ) {
    const { title, made, streams } = WAYS[name];
    this.title = title;
    this.made = name === 'product' ? `${own()}: ${made}` : made;
    this.endpoint = { url: node.announced, pid: node.pid, streams, resumes: streams };
  }

  static async start(temporal: string, name: ProductName, profileInto?: string): Promise<Product> {
    const { app, nodeArgs } = WAYS[name];
    const where = ['--temporal', temporal, '--task-queue', `bench-${name}`];
    const start = (role: 'worker' | 'http', ...more: string[]) =>
      Child.startNode(
        `${name}-${role}`,
        [COMMAND, role, `bench/apps/${app}.ts`, ...where, ...more],
        profileInto,
      );
    const worker = await start('worker');
    try {
      // All sessions of a crowd come from one address, which counts them against the node's limit.
      const http = await start('http', '--port', '0', '--max-sessions', '1000000', ...nodeArgs);
      return new Product(name, worker, http);
    } catch (error) {
      await worker.stop();
      throw error;
    }
  }

  open(count: number): Promise<Sessions> {
    return openHere(count, () => McpSession.open(this.endpoint.url));
  }

  async stop(): Promise<void> {
    await Promise.all([this.node.stop(), this.worker.stop()]);
  }
}
