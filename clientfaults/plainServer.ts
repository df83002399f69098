/** A server of the official SDK, which knows nothing of this product, with the same tool as app.ts. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ElicitResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { gate, note } from 'durable-mcp/testing';
import { z } from 'zod';

export const QUESTION = {
  requestedSchema: { type: 'object' as const, properties: { sure: { type: 'boolean' as const } } },
};

export const receipt = (name: string) => ({
  content: [{ type: 'text' as const, text: `receipt of ${name}` }],
});

export function plainServer(): McpServer {
  const server = new McpServer({ name: 'charges', version: '1.0.0' }, { capabilities: { logging: {} } });
  const inputSchema = { name: z.string(), asks: z.boolean() };
  server.registerTool('charge', { inputSchema }, async ({ name, asks }, extra) => {
    await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data: name } });
    note(`began ${name}`);
    if (asks) {
      const params = { ...QUESTION, message: name };
      const { action } = await extra.sendRequest(
        { method: 'elicitation/create', params },
        ElicitResultSchema,
      );
      note(`answer ${name} ${action}`);
    }
    await gate(name);
    note(`effect ${name}`);
    return receipt(name);
  });
  return server;
}
