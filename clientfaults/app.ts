/** The server of this product: `charge` has an effect, which the ledger counts, and a receipt. */
import { DurableMcpServer } from 'durable-mcp';
import { gate, note } from 'durable-mcp/testing';
import { z } from 'zod';
import { QUESTION, receipt } from './plainServer';

export default function app() {
  const server = new DurableMcpServer({ name: 'charges', version: '1.0.0' });
  const inputSchema = { name: z.string(), asks: z.boolean() };
  server.registerTool('charge', { inputSchema }, async ({ name, asks }, ctx) => {
    await ctx.log('info', name);
    note(`began ${name}`);
    if (asks) note(`answer ${name} ${(await ctx.elicit('sure', { ...QUESTION, message: name })).action}`);
    await gate(name);
    await ctx.atMostOnce('charge', () => {
      note(`effect ${name}`);
    });
    return receipt(name);
  });
  return server;
}
