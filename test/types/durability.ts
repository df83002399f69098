/** What compiles as `durability`, and what must not: `npm run typecheck` fails where a line says `@ts-expect-error` and nothing is wrong. */
import type { App, Durability, DurableToolConfig } from 'durable-mcp';
import { DurableMcpServer } from 'durable-mcp';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';

export const allowed: Durability[] = [
  {},
  { delivery: 'at-least-once', execution: 'activity', retry: { maximumAttempts: 2 }, timeout: '1m' },
  { delivery: 'at-most-once', execution: 'activity', timeout: 1_000 },
  { execution: 'inline', retry: { initialInterval: '1s', maximumCrashes: 2 }, timeout: '1s' },
  { execution: 'node' },
  // Deprecated forms, for one release.
  { short: true, timeout: '1s' },
  'none',
];
export const ofAny = (delivery: 'at-least-once' | 'at-most-once'): Durability => ({ delivery });

export const refused: Durability[] = [
  // @ts-expect-error -- what runs once is not tried again
  { delivery: 'at-most-once', retry: { maximumAttempts: 2 } },
  // @ts-expect-error -- inline calls run again after a crash
  { delivery: 'at-most-once', execution: 'inline' },
  // @ts-expect-error -- short calls, too
  { delivery: 'at-most-once', short: true },
  // @ts-expect-error -- the node keeps nothing of a call that could be tried again
  { execution: 'node', retry: {} },
  // @ts-expect-error -- nor promises it a delivery
  { execution: 'node', delivery: 'at-least-once' },
  // @ts-expect-error -- no such word
  { execution: 'worker' },
];
const options = { delivery: 'at-most-once' as const, retry: { maximumAttempts: 2 } };
// @ts-expect-error -- also where the object was made before
export const made: Durability = options;

type Config = DurableToolConfig<undefined, Record<string, never>>;
export const onTheNode: Config[] = [
  { durability: { execution: 'node' }, annotations: { readOnlyHint: true } },
  { durability: 'none', annotations: { readOnlyHint: true } },
  // @ts-expect-error -- the node runs read-only tools alone
  { durability: { execution: 'node' } },
  // @ts-expect-error -- and another hint does not say that
  { durability: { execution: 'node' }, annotations: { idempotentHint: true } },
];

const server = new DurableMcpServer({ name: 'types', version: '1' });
server.registerTool(
  'node',
  { durability: { execution: 'node' }, annotations: { readOnlyHint: true } },
  () => ({
    content: [],
  }),
);
// @ts-expect-error -- through the method as well
server.registerTool('node', { durability: { execution: 'node' } }, () => ({ content: [] }));
// @ts-expect-error -- the overload for the compiler can be called by nobody
server.registerTool('any', { inputSchema: 1 }, () => ({ content: [] }));

/** An `McpServer` for what takes one, and any server for an app. */
export const helper = (_server: McpServer): void => undefined;
helper(server);
export const apps: App[] = [
  () => server,
  () => new McpServer({ name: 'x', version: '1' }),
  () => ({ server }),
];
// @ts-expect-error -- no server
export const none: App = () => ({});
