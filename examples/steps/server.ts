/** Steps: a step that has ended is not run again, even if its handler runs again. */
import { StepOutcomeUnknown, CallCancelled, DurableMcpServer, StepFailed, ToolError } from 'durable-mcp';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { charge, release, reserve } from './bank';

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

export default function app() {
  const server = new DurableMcpServer({ name: 'steps', version: '1.0.0' });

  // #region order
  server.registerTool(
    'order',
    {
      inputSchema: { cart: z.string(), card: z.string() },
      durability: { delivery: 'at-least-once', retry: { maximumAttempts: 5 }, timeout: '10m' },
    },
    async ({ cart, card }, ctx) => {
      // Runs again if its worker dies inside of it. Once ended, its value is kept and it never runs again.
      const order = await ctx.atLeastOnce('reserve', ({ idempotencyKey }) => reserve(cart, idempotencyKey));
      await ctx.progress(1, 2, 'reserved');
      // Never runs twice. If its worker dies inside of it, the outcome is unknown, and the handler is told.
      const receipt = await ctx.atMostOnce('charge', () => charge(card, order.total));
      return text(receipt);
    },
  );
  // #endregion

  server.registerTool(
    'order_or_explain',
    { inputSchema: { cart: z.string(), cards: z.array(z.string()) } },
    async ({ cart, cards }, ctx) => {
      const order = await ctx.atLeastOnce('reserve', ({ idempotencyKey }) => reserve(cart, idempotencyKey));
      // #region errors
      for (const [n, card] of cards.entries()) {
        try {
          return text(await ctx.atMostOnce('charge', () => charge(card, order.total), { key: n }));
        } catch (error) {
          if (error instanceof StepOutcomeUnknown)
            throw new ToolError(`Nobody knows whether ${card} was charged; ask the bank.`);
          if (!(error instanceof StepFailed && error.cause.name === 'CardDeclined')) throw error;
        }
      }
      // #endregion
      await ctx.atLeastOnce('release', () => {
        release(order);
      });
      return text('no card was charged');
    },
  );

  server.registerTool('book', { inputSchema: { seat: z.string() } }, async ({ seat }, ctx) => {
    // #region undo
    const reserved = await ctx.atLeastOnce('reserve', ({ idempotencyKey }) => reserve(seat, idempotencyKey));
    try {
      await ctx.elicit('confirm', {
        message: `Take ${seat}?`,
        requestedSchema: { type: 'object', properties: {} },
      });
    } catch (error) {
      if (error instanceof CallCancelled)
        await ctx.atLeastOnce('release', () => {
          release(reserved);
        });
      throw error;
    }
    // #endregion
    return text(`${seat} is yours`);
  });

  server.registerTool('rules', { inputSchema: { cart: z.string() } }, async ({ cart }, ctx) => {
    // #region rules
    const id = await ctx.atLeastOnce('id', () => randomUUID()); // decided once
    const order = await ctx.atLeastOnce('reserve', ({ idempotencyKey }) => reserve(cart, idempotencyKey));
    const total = Math.round(order.total * 1.19); // plain code: the same at each attempt
    await ctx.atMostOnce('charge', () => charge(id, total));
    return text(id);
    // #endregion
  });

  return server;
}
