/** The product as it is run in production: one worker and one HTTP node, each a process of its own. */
import path from 'node:path';
import { Child, ROOT } from '../child';
import { own } from '../versions';
import { McpSession } from './mcpSession';
import { openHere, type Endpoint, type Sessions, type Subject } from './subject';

const COMMAND = path.join(ROOT, 'bin/durable-mcp');
const APP = 'bench/apps/trivial.ts';

/** How the node answers calls. */
type Mode = 'sse' | 'json';

export class Product implements Subject {
  readonly name;
  readonly title;
  readonly made;
  readonly endpoint: Endpoint;

  private constructor(
    mode: Mode,
    private readonly worker: Child,
    private readonly node: Child,
  ) {
    const sse = mode === 'sse';
    this.name = sse ? ('product' as const) : ('product-json' as const);
    this.title = sse ? 'product, SSE' : 'product, JSON';
    this.made = `${own()}: a worker and a node${sse ? '' : ' with `--json-responses`'}`;
    this.endpoint = { url: node.announced, pid: node.pid, streams: sse, resumes: sse };
  }

  static async start(temporal: string, mode: Mode, profileInto?: string): Promise<Product> {
    const where = ['--temporal', temporal, '--task-queue', `bench-${mode}`];
    const start = (role: 'worker' | 'http', ...more: string[]) =>
      Child.startNode(`${mode}-${role}`, [COMMAND, role, APP, ...where, ...more], profileInto);
    const worker = await start('worker');
    try {
      const json = mode === 'json' ? ['--json-responses'] : [];
      return new Product(mode, worker, await start('http', '--port', '0', ...json));
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
