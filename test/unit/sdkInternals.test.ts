/** Guards src/mcp/sdk/, which uses private parts of the SDK: fails when an upgrade of the SDK moves them. */
import { expect, test } from '@jest/globals';
import * as v2 from '@modelcontextprotocol/server';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { CallToolRequestSchema, ListRootsResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { DurableMcpServer } from '../../src';
import { LONGEST_TIMER_MS } from '../../src/shared/duration';
import type { ToolAnnotations } from '../../src/mcp/protocol';
import type { AppServer } from '../../src/mcp/app';
import type { Durability } from '../../src/api/durability';
import { dispatch } from '../../src/mcp/dispatch';
import { OneRequestTransport } from '../../src/mcp/oneRequestTransport';
import { AnyServer } from '../../src/mcp/sdk/anyServer';
import { policyOf } from '../../src/api/policyOf';
import { saysNotFound, watchRegistering } from '../../src/mcp/sdk/unknownTool';

const session = {
  id: 'x',
  principal: 'anonymous',
  protocolVersion: '2025-11-25',
  client: { name: 't', version: '1' },
  capabilities: {},
  state: {},
};
const call = { jsonrpc: '2.0' as const, id: 1, method: 'tools/call', params: { name: 'tool' } };

function policyFor(
  annotations: ToolAnnotations,
  durability?: Durability,
): Record<'durable' | 'unchanged', ReturnType<typeof policyOf>> {
  const durable = new DurableMcpServer({ name: 'd', version: '1' });
  durable.registerTool('tool', { annotations, durability } as object, () => ({ content: [] }));
  const unchanged = new McpServer({ name: 'u', version: '1' });
  unchanged.registerTool('tool', { annotations }, () => ({ content: [] }));
  return {
    durable: policyOf(AnyServer.of(durable), call, 'at-most-once'),
    unchanged: policyOf(AnyServer.of(unchanged), call, 'at-most-once'),
  };
}

test.each([
  [{}, 'at-least-once', 'at-most-once'],
  [{ readOnlyHint: true }, 'at-least-once', 'at-least-once'],
  [{ idempotentHint: true }, 'at-least-once', 'at-least-once'],
  [{ destructiveHint: true }, 'at-most-once', 'at-most-once'],
  [{ destructiveHint: false }, 'at-least-once', 'at-most-once'],
  [{ destructiveHint: true, idempotentHint: true }, 'at-least-once', 'at-least-once'],
])(
  'a tool annotated %j is %s for DurableMcpServer and %s for McpServer',
  (annotations, durable, unchanged) => {
    const policies = policyFor(annotations);
    expect(policies.durable).toHaveProperty('delivery', durable);
    expect(policies.unchanged).toHaveProperty('delivery', unchanged);
  },
);

test('what the author says comes first', () => {
  const { durable } = policyFor({ readOnlyHint: true }, { delivery: 'at-most-once', timeout: '2m' });
  expect(durable).toMatchObject({ delivery: 'at-most-once', maximumAttempts: 1, timeoutMs: 120_000 });
  expect(policyFor({}, { retry: { maximumAttempts: 7, initialInterval: 50 } }).durable).toMatchObject({
    maximumAttempts: 7,
    initialIntervalMs: 50,
  });
});

test('the node runs read-only tools alone', () => {
  expect(policyFor({ readOnlyHint: true }, { execution: 'node' }).durable).toBe('none');
  expect(() => policyFor({ idempotentHint: true }, { execution: 'node' })).toThrow(/not read-only/);
});

test('a durability that is not valid is refused when the tool is registered', () => {
  for (const timeout of ['soon', '', '101y', Number.MAX_SAFE_INTEGER, Infinity, NaN, -1, 0])
    expect(() => policyFor({}, { timeout })).toThrow(/durability is not valid/);
  expect(() => policyFor({}, { retry: { maximumAttempts: 0 } })).toThrow(/durability is not valid/);
});

test('what a handler of an unchanged server throws is noticed', async () => {
  const app = () => {
    const server = new McpServer({ name: 'u', version: '1' });
    server.registerTool('tool', {}, () => {
      throw new RangeError('out of range');
    });
    return server;
  };
  const { response, thrown } = await dispatch(app, session, call);
  expect(thrown).toBeInstanceOf(RangeError);
  expect(response).toMatchObject({ result: { isError: true, content: [{ text: 'out of range' }] } });
});

test('a server that is used twice is refused with a reason', async () => {
  const shared = new McpServer({ name: 'u', version: '1' });
  shared.registerTool('tool', {}, () => new Promise(() => undefined));
  void dispatch(() => shared, session, call);
  await expect(dispatch(() => shared, session, call)).rejects.toThrow(/must build a new server/);
});

test('whose handler of tools/call it is, is known of each server that is built after the first', () => {
  const build = () => {
    const server = new McpServer({ name: 'u', version: '1' });
    server.registerTool('tool', {}, () => ({ content: [] }));
    return server;
  };
  watchRegistering(AnyServer.of(build()));
  const unknown = { ...call, params: { name: 'unknown' } };
  expect(saysNotFound(AnyServer.of(build()), unknown)).toBe(true);
  expect(saysNotFound(AnyServer.of(build()), call)).toBe(false);
  const taken = build();
  taken.server.setRequestHandler(CallToolRequestSchema, () => ({ content: [] }));
  expect(saysNotFound(AnyServer.of(taken), unknown)).toBe(false);
  expect(saysNotFound(AnyServer.of(new McpServer({ name: 'u', version: '1' })), unknown)).toBe(false);
});

test('an app may give one tool to many servers: its handler is wrapped once, however often it was called', async () => {
  let depth = 0;
  const handler = () => {
    depth = new Error().stack?.split('\n').filter((line) => line.includes('registeredTools')).length ?? 0;
    return { content: [] };
  };
  const shared = new McpServer({ name: 'u', version: '1' });
  const tool = shared.registerTool('tool', {}, handler);
  const app = () => {
    const server = new McpServer({ name: 'u', version: '1' });
    server.registerTool('tool', {}, handler);
    (server as unknown as { _registeredTools: Record<string, unknown> })._registeredTools = { tool };
    return server;
  };
  await dispatch(app, session, call);
  const once = depth;
  expect(once).toBeGreaterThan(0);
  for (let calls = 0; calls < 20; calls++) await dispatch(app, session, call);
  expect(depth).toBe(once);
});

test.each([
  ['1.x', (): AppServer => new Server({ name: 'u', version: '1' }, { capabilities: {} })],
  ['2.x', () => new v2.Server({ name: 'u', version: '1' }, { capabilities: {} })],
])('a question of a server of SDK %s has no time limit of the SDK', async (_line, build) => {
  const server = build();
  await AnyServer.of(server).connect(new OneRequestTransport('x'));
  const { request, _timeoutInfo: timeouts } = server as unknown as {
    request(...args: unknown[]): Promise<unknown>;
    _timeoutInfo: Map<number, { timeout: number }>;
  };
  void request.call(server, { method: 'roots/list' }, ListRootsResultSchema).catch(() => undefined);
  expect([...timeouts.values()]).toMatchObject([{ timeout: LONGEST_TIMER_MS }]);
  await (server as Server).close();
});
