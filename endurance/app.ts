/** The app of the endurance run. */
import { DurableMcpServer } from 'durable-mcp';
import { note } from 'durable-mcp/testing';
import { z } from 'zod';

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

export default function app() {
  const server = new DurableMcpServer({ name: 'endurance', version: '1.0.0' });
  server.registerTool('echo', { inputSchema: { value: z.string() } }, ({ value }) => text(value));
  server.registerTool('ask', {}, async (ctx) => {
    await ctx.progress(1, 2);
    await ctx.atMostOnce('ask', () => {
      note('asked');
    });
    const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } };
    const { content } = await ctx.elicit('name', { message: 'Who?', requestedSchema });
    await ctx.progress(2, 2);
    return text(String(content?.name));
  });
  return server;
}
