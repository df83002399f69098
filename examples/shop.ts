import { DurableMcpServer, type SessionInfo } from 'durable-mcp';
import { z } from 'zod';

export default function app(_session: SessionInfo) {
  const server = new DurableMcpServer({ name: 'shop', version: '1.0.0' });
  server.registerTool('add', { inputSchema: { a: z.number(), b: z.number() } }, async ({ a, b }, ctx) => {
    await ctx.progress(1, 2);
    return { content: [{ type: 'text', text: String(a + b) }] };
  });
  return server;
}
