/** Tools of trivial.ts whose calls are at-most-once, and so activities from their beginning. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DurableMcpServer } from 'durable-mcp';
import { z } from 'zod';

export default function app(): DurableMcpServer {
  const server = new DurableMcpServer({ name: 'once', version: '1.0.0' });
  server.registerTool(
    'echo',
    {
      description: 'Says what it is told.',
      inputSchema: { text: z.string() },
      durability: { delivery: 'at-most-once' },
    },
    ({ text }) => ({ content: [{ type: 'text', text }] }),
  );
  server.registerTool(
    'work',
    {
      description: 'Works for some time.',
      inputSchema: { ms: z.number() },
      durability: { delivery: 'at-most-once' },
    },
    async ({ ms }) => {
      await sleep(ms);
      return { content: [{ type: 'text', text: `worked ${ms}` }] };
    },
  );
  return server;
}
