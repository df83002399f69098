/** Temporal keeps a sleep, so it outlives the worker. A call that sleeps for long occupies no worker. */
import { DurableMcpServer } from 'durable-mcp';
import { z } from 'zod';

export default function app() {
  const server = new DurableMcpServer({ name: 'sleep', version: '1.0.0' });

  // #region remind
  server.registerTool(
    'remind',
    { inputSchema: { what: z.string(), after: z.string() }, annotations: { readOnlyHint: true } },
    async ({ what, after }, ctx) => {
      await ctx.progress(1, 2, `asleep in worker ${process.pid}`);
      await ctx.sleep('until then', after); // '1h', '3 days', or milliseconds
      return { content: [{ type: 'text', text: `Now: ${what}` }] };
    },
  );
  // #endregion

  return server;
}
