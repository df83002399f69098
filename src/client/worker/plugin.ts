/** `McpClientPlugin`: the activities of MCP clients in workflows, as a plugin of Temporal's workers. */
import type { Worker, WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import { serve } from './activities';
import type { McpServersOptions } from './servers';

/**
 * @example
 * await Worker.create({ ..., plugins: [new McpClientPlugin({ servers: { shop: { url } } })] });
 */
export class McpClientPlugin implements WorkerPlugin {
  readonly name = 'durable-mcp.client';
  private readonly served: ReturnType<typeof serve>;

  constructor(options: McpServersOptions) {
    this.served = serve(options);
  }

  configureWorker(options: WorkerOptions): WorkerOptions {
    return { ...options, activities: { ...options.activities, ...this.served.activities } };
  }

  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    try {
      await next(worker);
    } finally {
      await this.served.close();
    }
  }
}
