/** The product as it is run in production: one worker and one HTTP node, each a process of its own. */
import path from 'node:path';
import { Child, ROOT } from './child';
import { McpSession } from './mcpSession';
import type { Subject } from './subject';

const COMMAND = path.join(ROOT, 'bin/durable-mcp');
const APP = 'bench/apps/trivial.ts';

export class Product implements Subject {
  readonly name = 'product';

  private constructor(
    private readonly children: Child[],
    private readonly url: string,
  ) {}

  static async start(temporal: string, profileInto?: string): Promise<Product> {
    const where = ['--temporal', temporal, '--task-queue', 'bench-product'];
    const worker = await Child.start('product-worker', [COMMAND, 'worker', APP, ...where], profileInto);
    try {
      const node = await Child.start(
        'product-http',
        [COMMAND, 'http', APP, ...where, '--port', '0'],
        profileInto,
      );
      return new Product([node.child, worker.child], node.announced);
    } catch (error) {
      await worker.child.stop();
      throw error;
    }
  }

  open(): Promise<McpSession> {
    return McpSession.open(this.url);
  }

  async stop(): Promise<void> {
    await Promise.all(this.children.map((child) => child.stop()));
  }
}
