/** An app with one tool that does nothing, so that what is measured is the way there and back. An unchanged `McpServer`. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

export default function app(): McpServer {
  const server = new McpServer({ name: 'trivial', version: '1.0.0' });
  server.registerTool(
    'echo',
    {
      description: 'Says what it is told.',
      inputSchema: { text: z.string() },
      annotations: { idempotentHint: true },
    },
    ({ text }) => ({ content: [{ type: 'text', text }] }),
  );
  return server;
}
