/** The `echo` of trivial.ts, which the node runs by itself, without Temporal. */
import { DurableMcpServer } from 'durable-mcp';
import { z } from 'zod';

export default function app(): DurableMcpServer {
  const server = new DurableMcpServer({ name: 'here', version: '1.0.0' });
  server.registerTool(
    'echo',
    {
      description: 'Says what it is told.',
      inputSchema: { text: z.string() },
      annotations: { readOnlyHint: true },
      durability: { execution: 'node' },
    },
    ({ text }) => ({ content: [{ type: 'text', text }] }),
  );
  return server;
}
