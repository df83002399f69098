/** The server: `npx durable-mcp dev src/server.ts` serves it. Called for nearly every request, so open databases outside of the function. */
import { DurableMcpServer } from 'durable-mcp';
import { z } from 'zod';

export default function app() {
  const server = new DurableMcpServer({ name: 'orders', version: '1.0.0' });

  server.registerTool(
    'order',
    {
      description: 'Orders a product',
      inputSchema: { product: z.string(), quantity: z.number().int().positive() },
      durability: { delivery: 'at-least-once' }, // after a crash, another worker runs the handler again
    },
    async ({ product, quantity }, ctx) => {
      // Runs once more only if its worker dies before the result is recorded; the key lets the other side notice.
      const order = await ctx.atLeastOnce('place the order', ({ idempotencyKey }) => ({
        id: idempotencyKey.slice(0, 8),
        product,
        quantity,
      }));
      // Replace by what takes long: the call goes on here after a restart, and the step above is not run again.
      await ctx.sleep('packing', '2s');
      return { content: [{ type: 'text', text: `Order ${order.id}: ${order.quantity} × ${order.product}` }] };
    },
  );

  return server;
}
