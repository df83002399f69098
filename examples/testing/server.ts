/** Steps, a question and a sleep in one call. `checkout.test.ts` tests it in memory. */
import { DurableMcpServer } from 'durable-mcp';
import { z } from 'zod';
import { charge, reserve } from '../steps/bank';

const card = {
  type: 'object' as const,
  properties: { card: { type: 'string' as const } },
  required: ['card'],
};
const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

export default function app() {
  const server = new DurableMcpServer({ name: 'checkout', version: '1.0.0' });
  // #region checkout
  server.registerTool('checkout', { inputSchema: { cart: z.string() } }, async ({ cart }, ctx) => {
    // Runs again if its worker dies inside of it; once ended, its value is kept.
    const order = await ctx.atLeastOnce('reserve', ({ idempotencyKey }) => reserve(cart, idempotencyKey));
    // Asked once, answered at any node, days later if need be. A call that waits holds no worker.
    const answer = await ctx.elicit('confirm', { message: `Pay ${order.total}?`, requestedSchema: card });
    if (answer.action !== 'accept') return text('cancelled');
    // Never runs twice, whatever dies.
    const receipt = await ctx.atMostOnce('charge', () => charge(String(answer.content?.card), order.total));
    await ctx.sleep('settle', '1h');
    await ctx.state.set('lastOrder', order.id);
    return text(receipt);
  });
  // #endregion
  return server;
}
