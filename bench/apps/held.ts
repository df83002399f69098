/** A tool that waits until it is released. */
import { setTimeout as pass } from 'node:timers/promises';
import { DurableMcpServer } from 'durable-mcp';
import { gate, note } from 'durable-mcp/testing';
import { z } from 'zod';

/**
 * How long the first attempt runs before it reports itself as held: longer than the first heartbeats, whose
 * intervals are uneven.
 */
const HELD_AFTER_MS = 2_000;

export default function app() {
  const server = new DurableMcpServer({ name: 'held', version: '1.0.0' });
  server.registerTool(
    'held',
    { inputSchema: { name: z.string() } },
    async ({ name }, { attempt, signal }) => {
      note(`${name} begins in attempt ${attempt}`);
      if (attempt === 1 && name !== 'free') await pass(HELD_AFTER_MS, undefined, { signal });
      note(`${name} is held in attempt ${attempt}`);
      await gate(name, signal);
      return { content: [{ type: 'text', text: name }] };
    },
  );
  return server;
}
