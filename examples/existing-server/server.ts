/** A server written with the official SDK alone, independent of durable-mcp. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

export function createServer(): McpServer {
  const server = new McpServer({ name: 'dice', version: '1.0.0' });
  server.registerTool(
    'roll',
    {
      description: 'Rolls a die',
      inputSchema: { sides: z.number().int().min(2).default(6) },
      annotations: { readOnlyHint: true },
    },
    ({ sides }) => ({
      content: [{ type: 'text', text: String(1 + Math.floor(Math.random() * sides)) }],
    }),
  );
  return server;
}

if (require.main === module) void createServer().connect(new StdioServerTransport());
