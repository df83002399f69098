/**
 * A small shop. Each tool shows one guarantee. `examples/shop/client.ts` calls them one after the other; `npm
 * run demo` kills their processes.
 */
import { DurableMcpServer, StepOutcomeUnknown, ToolError, type SessionInfo } from 'durable-mcp';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { charge, chargesOf, findProducts, productOf, reserve } from './database';

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const euros = (cents: number) => `€${(cents / 100).toFixed(2)}`;

function mustFind(name: string) {
  const product = productOf(name);
  // A ToolError ends the call at once: a retry would not find the product either.
  if (!product) throw new ToolError(`There is no product called "${name}"; search_products lists them.`);
  return product;
}

export default function app(session: SessionInfo) {
  const server = new DurableMcpServer({ name: 'shop', version: '1.0.0' });

  // A quick read. readOnlyHint says that a repetition is safe, so the call runs again after a crash.
  server.registerTool(
    'search_products',
    {
      description: 'Lists products whose name contains the query',
      inputSchema: { query: z.string().default('') },
      annotations: { readOnlyHint: true },
    },
    ({ query }) =>
      text(
        findProducts(query)
          .map(({ name, price }) => `${name}: ${euros(price)}`)
          .join('\n') || 'nothing found',
      ),
  );

  // At-least-once: the handler may run again after a crash; the step's idempotency key makes the repetition harmless.
  server.registerTool(
    'reserve',
    {
      description: 'Puts products aside',
      inputSchema: { product: z.string(), quantity: z.number().int().positive() },
      durability: { delivery: 'at-least-once', retry: { maximumAttempts: 5 }, timeout: '1m' },
    },
    async ({ product, quantity }, ctx) => {
      mustFind(product);
      await ctx.atLeastOnce('reserve', ({ idempotencyKey }) => {
        reserve(idempotencyKey, product, quantity);
      });
      return text(`${quantity} × ${product} put aside`);
    },
  );

  // At-most-once: if the worker dies, the customer is not charged again; the client learns that the outcome is unknown.
  server.registerTool(
    'charge',
    {
      description: 'Charges the customer',
      inputSchema: { customer: z.string(), cents: z.number().int().positive() },
      durability: { delivery: 'at-most-once' },
    },
    ({ customer, cents }) => text(`receipt ${charge(customer, cents)} for ${euros(cents)}`),
  );

  // A long call made of steps: after the death of its worker or node it continues where it was, and it charges once.
  // If the client supports elicitation, a person confirms the order.
  server.registerTool(
    'checkout',
    {
      description: 'Asks the customer if it can, reserves, charges and packs, with progress',
      inputSchema: {
        customer: z.string(),
        product: z.string(),
        quantity: z.number().int().min(1).max(20),
        secondsPerItem: z.number().min(0).max(60).default(1),
      },
      durability: { delivery: 'at-least-once', timeout: '30m' },
    },
    async ({ customer, product, quantity, secondsPerItem }, ctx) => {
      const { price } = mustFind(product);
      // Asked once, however often the handler runs again; the answer may come at any time and at any node.
      const wish = session.capabilities.elicitation?.form
        ? await ctx.elicit('confirm', {
            message: `Pay ${euros(price * quantity)} for ${quantity} × ${product}?`,
            requestedSchema: {
              type: 'object',
              properties: { giftWrap: { type: 'boolean', title: 'Gift wrap' } },
            },
          })
        : undefined;
      if (wish && wish.action !== 'accept') return text('nothing was charged');
      await ctx.atLeastOnce('reserve', ({ idempotencyKey }) => {
        reserve(idempotencyKey, product, quantity);
      });
      const receipt = await ctx
        .atMostOnce('charge', () => charge(customer, price * quantity))
        .catch((error: unknown) => {
          if (!(error instanceof StepOutcomeUnknown)) throw error;
          throw new ToolError(
            `Nobody knows whether ${customer} was charged; ask the bank before you try again.`,
          );
        });
      for (let item = 1; item <= quantity; item++) {
        await ctx.atLeastOnce('pack', () => sleep(secondsPerItem * 1000, undefined, { signal: ctx.signal }), {
          key: item,
        });
        await ctx.progress(
          item,
          quantity,
          `packed ${product} ${item} of ${quantity} (worker ${process.pid})`,
        );
      }
      await ctx.log('info', `order of ${session.client.name} packed`);
      const wrapped = wish?.content?.giftWrap ? ', gift-wrapped' : '';
      return text(`${quantity} × ${product} on its way to ${customer}, receipt ${receipt}${wrapped}`);
    },
  );

  // Reads the database, so that a client can check how often a customer was charged.
  server.registerTool(
    'count_charges',
    {
      description: 'How often a customer was charged',
      inputSchema: { customer: z.string() },
      annotations: { readOnlyHint: true },
    },
    ({ customer }) => text(String(chargesOf(customer))),
  );

  return server;
}
