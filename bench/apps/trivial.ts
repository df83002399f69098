/** An unchanged `McpServer` whose tools do next to nothing, so that only the round trip is measured. */
import { setTimeout as sleep } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

const annotations = { idempotentHint: true };

export default function app(): McpServer {
  const server = new McpServer({ name: 'trivial', version: '1.0.0' });
  server.registerTool(
    'echo',
    { description: 'Says what it is told.', inputSchema: { text: z.string() }, annotations },
    ({ text }) => ({ content: [{ type: 'text', text }] }),
  );
  server.registerTool(
    'work',
    { description: 'Works for some time.', inputSchema: { ms: z.number() }, annotations },
    async ({ ms }) => {
      await sleep(ms);
      return { content: [{ type: 'text', text: `worked ${ms}` }] };
    },
  );
  server.registerTool(
    'tell',
    {
      description: 'Says how far it is, so many times, then works a while.',
      inputSchema: { messages: z.number(), thenMs: z.number() },
      annotations,
    },
    async ({ messages, thenMs }, { _meta, sendNotification }) => {
      const progressToken = _meta?.progressToken;
      if (progressToken === undefined) throw new Error('Ask for progress: tell has nothing else to say.');
      for (let progress = 1; progress <= messages; progress++) {
        const params = { progressToken, progress, total: messages };
        await sendNotification({ method: 'notifications/progress', params });
      }
      await sleep(thenMs);
      return { content: [{ type: 'text', text: `said ${messages}` }] };
    },
  );
  return server;
}
