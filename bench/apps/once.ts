/** The `echo` of trivial.ts, which runs inside its session's workflow task. */
import { DurableMcpServer } from 'durable-mcp';
import { z } from 'zod';

export default function app(): DurableMcpServer {
  const server = new DurableMcpServer({ name: 'short', version: '1.0.0' });
  server.registerTool(
    'echo',
    {
      description: 'Says what it is told.',
      inputSchema: { text: z.string() },
      annotations: { idempotentHint: true },
      durability: { execution: 'inline' },
    },
    ({ text }) => ({ content: [{ type: 'text', text }] }),
  );
  return server;
}
