/** Notes that belong to whoever writes them: each tool needs a scope, and knows its caller. */
import { DurableMcpServer, durableMap } from 'durable-mcp';
import { z } from 'zod';

const notes = durableMap<string[]>('notes');

export default function app() {
  const server = new DurableMcpServer({ name: 'notes', version: '1.0.0' });

  // #region scopes
  server.registerTool('read', { scopes: ['notes:read'] }, async (ctx) => {
    const mine = (await notes.get(ctx.auth?.principal ?? 'nobody')) ?? [];
    return { content: [{ type: 'text', text: mine.join('\n') || 'no notes' }] };
  });

  server.registerTool(
    'write',
    { inputSchema: { text: z.string() }, scopes: ['notes:write'] },
    async ({ text }, ctx) => {
      const owner = ctx.auth?.principal ?? 'nobody';
      await notes.update(owner, (mine = []) => [...mine, text]);
      return { content: [{ type: 'text', text: `noted for ${ctx.auth?.subject ?? 'nobody'}` }] };
    },
  );

  server.registerTool('forget', { scopes: ['admin'], hiddenWithoutScopes: true }, async (ctx) => {
    await notes.delete(ctx.auth?.principal ?? 'nobody');
    return { content: [{ type: 'text', text: 'forgotten' }] };
  });

  // #endregion

  return server;
}
