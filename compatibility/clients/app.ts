/** The app that the published clients call. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DurableMcpServer } from 'durable-mcp';
import { note } from 'durable-mcp/testing';
import { z } from 'zod';

const STEP_MS = 200;
const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

export default function app() {
  const server = new DurableMcpServer({ name: 'clients', version: '1.0.0' });
  const add = { description: 'Adds two numbers', inputSchema: { a: z.number(), b: z.number() } };
  server.registerTool('add', add, ({ a, b }) => text(String(a + b)));

  const count = { description: 'Counts, and says how far it has come', inputSchema: { to: z.number() } };
  server.registerTool('count', count, async ({ to }, ctx) => {
    for (let i = 1; i <= to; i++) {
      await ctx.progress(i, to);
      // mcp-remote is driven over standard input and output. There the TypeScript SDK loses a message that
      // arrives in one piece with the answer, so a pause follows each progress message.
      await sleep(STEP_MS);
    }
    return text('counted');
  });

  server.registerTool('greet', { description: 'Greets you by your name' }, async (ctx) => {
    const { content } = await ctx.elicit('name', {
      message: 'What is your name?',
      requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    });
    return text(`hello ${String(content?.name)}`);
  });

  const work = {
    description: 'Takes so many seconds',
    inputSchema: { seconds: z.number(), name: z.string() },
    durability: { delivery: 'at-least-once' as const },
  };
  server.registerTool('work', work, async ({ seconds, name }) => {
    note(name);
    await sleep(seconds * 1_000);
    return text('worked');
  });
  return server;
}
