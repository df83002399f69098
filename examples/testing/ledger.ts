/**
 * A handler under test: it notes its actions in a ledger outside of its process, and waits at a gate that the
 * test opens.
 */
import { DurableMcpServer } from 'durable-mcp';
import { gate, note } from 'durable-mcp/testing';

export default function app() {
  const server = new DurableMcpServer({ name: 'ledger', version: '1.0.0' });
  server.registerTool('pack', {}, async (ctx) => {
    await ctx.atLeastOnce('reserve', () => {
      note('reserved');
    });
    await ctx.atLeastOnce('pack', async () => {
      note('packing');
      await gate('packed');
    });
    return { content: [{ type: 'text', text: 'packed' }] };
  });
  return server;
}
