/**
 * One app for all clients: innocent sessions call `echo` and `night`, hostile sessions call the other tools.
 * The client's name selects the server.
 */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { DurableMcpServer, type SessionInfo } from 'durable-mcp';
import { z } from 'zod';
import { registerHostileTools } from './tools';

/** Client names for which this app behaves differently. */
export const UNCHANGED = 'unchanged';
export const NEVER = 'never';
export const NEVER_IN_WORKER = 'never in a worker';

const IS_WORKER = process.env.ROLE === 'worker';
const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

export default function app({ client: { name } }: SessionInfo): McpServer | Promise<McpServer> {
  if (name === UNCHANGED) return unchanged();
  if (name === NEVER || (name === NEVER_IN_WORKER && IS_WORKER)) return new Promise(() => undefined);
  const server = new DurableMcpServer({ name: 'hostile', version: '1.0.0' });
  const inputSchema = { value: z.string() };
  server.registerTool('echo', { inputSchema, durability: { delivery: 'at-most-once' } }, ({ value }) =>
    text(value),
  );
  // Sleeps through an attack. Hostile sessions use this tool too, to have a call in flight.
  server.registerTool('night', { inputSchema: { seconds: z.number() } }, async ({ seconds }, ctx) => {
    const evening = await ctx.atLeastOnce('evening', () => 'slept');
    await ctx.sleep('night', seconds * 1_000);
    return text(await ctx.atMostOnce('morning', () => `${evening} well`));
  });
  registerHostileTools(server);
  return server;
}

/** A server as in the SDK's documentation, independent of durable-mcp. */
function unchanged(): McpServer {
  const server = new McpServer({ name: 'unchanged', version: '1.0.0' });
  server.registerTool('ask', {}, async () => {
    const requestedSchema = { type: 'object' as const, properties: { word: { type: 'string' as const } } };
    const { action } = await server.server.elicitInput({ message: 'Go on?', requestedSchema });
    return text(action);
  });
  return server;
}
