import { DurableMcpServer } from 'durable-mcp';
import { z } from 'zod';

export default function app() {
  const server = new DurableMcpServer({ name: 'hello', version: '1.0.0' });
  server.registerTool('greet', { inputSchema: { name: z.string() } }, async ({ name }, ctx) => {
    const at = await ctx.atLeastOnce('read the clock', () => new Date().toISOString());
    await ctx.sleep('think', '15s'); // stop the process now, and start it again
    return { content: [{ type: 'text', text: `Hello ${name}, you called at ${at}.` }] };
  });
  return server;
}
