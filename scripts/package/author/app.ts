/**
 * An app as an author might write it: compiled in each cell of the matrix against the tarball, and run by
 * `npx durable-mcp dev`.
 */
import { ResourceTemplate, type McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { DurableMcpServer, StepFailed, durableMap, type App, type SessionInfo } from 'durable-mcp';
import { z } from 'zod';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const visits = durableMap<{ since: Date }>('visits');
/** A function that the author wrote for plain servers, before durable-mcp. */
function addGreeting(server: McpServer): void {
  // `as const` for SDK 1.22, whose own types need it.
  server.registerTool('greet', {}, () => ({ content: [{ type: 'text' as const, text: 'hello' }] }));
}

const app = (session: SessionInfo): DurableMcpServer => {
  const server = new DurableMcpServer({ name: 'author', version: '1.0.0' });
  addGreeting(server);
  const inputSchema = {
    cart: z.string(),
    tip: z.number().optional(),
    kind: z.enum(['gift', 'own']).default('own'),
    when: z.object({ day: z.number() }).array().optional(),
  };
  const durability = { delivery: 'at-least-once' as const, retry: { maximumAttempts: 2 }, timeout: '1m' };
  server.registerTool('checkout', { inputSchema, durability }, async (args, ctx) => {
    const exact: Same<
      typeof args,
      { cart: string; kind: 'gift' | 'own'; tip?: number; when?: { day: number }[] }
    > = true;
    const at: string = await ctx.atLeastOnce('now', () => new Date());
    const since: string | undefined = (await visits.get('me'))?.since;
    const refused = await ctx.elicit('ask', question).then(
      () => 'answered',
      (error: unknown) =>
        error instanceof McpError && !(error instanceof StepFailed) ? 'cannot ask' : 'wrong class',
    );
    const text = `${args.cart} ${args.kind} ${typeof at} ${String(since)} ${refused} ${String(exact)}`;
    return { content: [{ type: 'text', text }] };
  });
  server.registerTool(
    'peek',
    { durability: { execution: 'node' }, annotations: { readOnlyHint: true } },
    (ctx) => ({ content: [{ type: 'text', text: ctx.session.id === session.id ? 'same' : 'other' }] }),
  );
  server.registerPrompt('ask', { argsSchema: { topic: z.string() } }, ({ topic }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: topic.trim() } }],
  }));
  server.registerResource(
    'item',
    new ResourceTemplate('item://{id}', { list: undefined }),
    {},
    (uri, { id }, ctx) => ({
      contents: [{ uri: uri.href, text: `${String(id)} ${ctx.attempt}` }],
    }),
  );
  return server;
};
export default app satisfies App;

/** Mistakes that must not compile. Never run. */
export function wrong(server: DurableMcpServer): void {
  // @ts-expect-error -- the argument is a number
  server.registerTool('w1', { inputSchema: { a: z.number() } }, ({ a }) => ({
    content: [{ type: 'text', text: a }],
  }));
  // @ts-expect-error -- there is no such argument
  server.registerTool('w2', { inputSchema: { a: z.number() } }, ({ b }) => ({
    content: [{ type: 'text', text: b }],
  }));
  // @ts-expect-error -- no retry of what runs once
  server.registerTool('w3', { durability: { delivery: 'at-most-once', retry: {} } }, () => ({ content: [] }));
  // @ts-expect-error -- the node runs read-only tools alone
  server.registerTool('w4', { durability: { execution: 'node' } }, () => ({ content: [] }));
  // @ts-expect-error -- a tool answers with content
  server.registerTool('w5', {}, () => ({ text: 'no' }));
}

const question = {
  message: 'Really?',
  requestedSchema: { type: 'object' as const, properties: { sure: { type: 'boolean' as const } } },
};
