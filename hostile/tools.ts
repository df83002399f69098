/** Tools whose handlers harm their process, or send, record or wait excessively. */
import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { DurableMcpServer } from 'durable-mcp';
import { z } from 'zod';

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const LEAST = { delivery: 'at-least-once' } as const;
const BLOCK_MS = 9_000;

export function registerHostileTools(server: DurableMcpServer): void {
  server.registerTool(
    'loud-and-throws',
    { durability: { ...LEAST, retry: { maximumAttempts: 12, initialInterval: 10 } } },
    async (ctx) => {
      for (let i = 0; i < 100; i++) await ctx.log('info', `${i} ${'x'.repeat(74_000)}`);
      throw new Error('after all that');
    },
  );
  server.registerTool('loud', { durability: LEAST }, async (ctx) => {
    for (let i = 0; i < 70; i++) await ctx.log('info', `${i} ${'x'.repeat(100_000)}`);
    return text('said');
  });

  server.registerTool('big-step-and-dies', { durability: LEAST }, async (ctx) => {
    await ctx.atLeastOnce('big', () => 'x'.repeat(1_400_000));
    process.kill(process.pid, 'SIGKILL');
    return new Promise<never>(() => undefined);
  });
  server.registerTool('exits', { durability: LEAST }, () => process.exit(1));
  server.registerTool('blocks', { durability: LEAST }, () => {
    const end = Date.now() + BLOCK_MS;
    while (Date.now() < end);
    return text('blocked');
  });
  server.registerTool('throws-later', { durability: LEAST }, throwLater);
  server.registerTool(
    'throws-later-here',
    { durability: { execution: 'node' }, annotations: { readOnlyHint: true } },
    throwLater,
  );

  const steps = { inputSchema: { steps: z.number() }, durability: LEAST };
  server.registerTool('many-steps', steps, async ({ steps }, ctx) => {
    for (let i = 0; i < steps; i++) await ctx.atLeastOnce('step', () => i, { key: i });
    return text(`${steps} steps`);
  });
  server.registerTool('many-once-steps', steps, async ({ steps }, ctx) => {
    for (let i = 0; i < steps; i++) await ctx.atMostOnce('step', () => i, { key: i });
    return text(`${steps} steps`);
  });

  const template = new ResourceTemplate('doc://{name}.{ext}', { list: undefined });
  server.registerResource('doc', template, {}, ({ href }) => ({ contents: [{ uri: href, text: 'a doc' }] }));
}

function throwLater() {
  setTimeout(() => {
    throw new Error('from a timer');
  }, 10);
  return text('answered before it throws');
}
