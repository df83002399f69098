/** Features, row 23: Temporal's UI can find a session, and shows what the session is doing. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';
import { workflowIdOf } from '../src/wire/session';
import { BareClient, type Cluster, type HistoryEvent, waitUntilIdle, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

const { INDEXED_VALUE_TYPE_KEYWORD_LIST } = temporal.api.enums.v1.IndexedValueType;
const ATTRIBUTES = ['McpClient', 'McpPrincipal', 'McpTool'];

let connection: Connection;
let cluster: Cluster;
beforeAll(async () => {
  connection = await Connection.connect({ address: process.env.TEST_TEMPORAL });
  cluster = await startCluster({ nodes: 1, workers: 1 });
});
afterAll(async () => {
  await cluster.stop();
  await connection.close();
});

const handleOf = ({ sessionId }: BareClient, namespace = 'default'): WorkflowHandle =>
  new Client({ connection, namespace }).workflow.getHandle(workflowIdOf(sessionId));

async function call(client: BareClient, id: number, name: string, args = {}): Promise<void> {
  const stream = await client.call(id, name, args);
  await stream.ended();
  expect(stream.messages.at(-1)).toMatchObject({ id, result: expect.anything() });
}

async function find(query: string, namespace = 'default'): Promise<string[]> {
  const ids: string[] = [];
  const { workflow } = new Client({ connection, namespace });
  for await (const { workflowId } of workflow.list({ query })) ids.push(workflowId);
  return ids;
}

test('a session is found by its client, its principal and the tools that it called; a tool is listed once', async () => {
  const client = await new BareClient(cluster.url).open();
  const handle = handleOf(client);
  const isListing = ({ upsertWorkflowSearchAttributesEventAttributes: upsert }: HistoryEvent) =>
    upsert?.searchAttributes?.indexedFields?.McpTool !== undefined;
  const listings = async () => (await waitUntilIdle(handle)).events.filter(isListing).length;
  const cost = async (id: number, tool: string, args?: object) => {
    const before = await listings();
    await call(client, id, tool, args);
    return (await listings()) - before;
  };
  expect(await cost(1, 'echo', { value: 'x' })).toBe(1);
  expect(await cost(2, 'echo', { value: 'y' })).toBe(0);
  expect(await cost(3, 'who')).toBe(1);
  expect(await cost(4, 'echo', { value: 'z' })).toBe(0);

  const mine = `WorkflowId = '${workflowIdOf(client.sessionId)}'`;
  const by = "McpClient = 'bare' AND McpPrincipal = 'anonymous' AND McpTool = 'echo' AND McpTool = 'who'";
  await until(async () => (await find(`${mine} AND ${by}`)).length === 1);
  expect(await find(`${mine} AND McpTool = 'count'`)).toEqual([]);
});

test('names that a client makes up can neither fill the list nor harm the session', async () => {
  const client = await new BareClient(cluster.url).open();
  const names = Array.from({ length: 60 }, (_, i) => `tool-${i}`.padEnd(70, '-'));
  // Sent as signals, as from a node whose app has its own tools/call handler. Other nodes reject unknown tools themselves.
  const policy = { delivery: 'at-most-once', maximumAttempts: 1, initialIntervalMs: 1, timeoutMs: 60_000 };
  for (const [id, name] of ['', 'x'.repeat(3_000), 'half \ud800', 'null \u0000', ...names].entries()) {
    const message = client.callMessage(id, name);
    await handleOf(client).signal('request', { message, policy, digest: name, postId: randomUUID() });
  }
  await call(client, 100, 'echo', { value: 'lives' });
  const { McpTool: listed } = (await handleOf(client).describe()).searchAttributes;
  expect(listed).toEqual([...names.slice(0, 20), 'echo']);

  const odd = new BareClient(cluster.url);
  const clientInfo = { name: `null \u0000 half \ud800 ${'ü'.repeat(100)}`, version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const response = await odd.post({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  odd.sessionId = response.headers.get('mcp-session-id') ?? '';
  await odd.initialized();
  await call(odd, 1, 'echo', { value: 'lives' });
  const { McpClient: name } = (await handleOf(odd).describe()).searchAttributes;
  expect(name).toEqual([expect.stringMatching(/^null {2}half {2}ü{100}$/)]);
});

test('sessions and calls have summaries, and the details say what is in flight', async () => {
  const client = await new BareClient(cluster.url).open();
  const handle = handleOf(client);
  const details = async (): Promise<string> => {
    const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    return metadata.currentDetails;
  };
  await client.call(7, 'gated', { name: 'detailed' });
  await until(() => cluster.ledger.find('detailed started'));
  expect(await details()).toBe('**Calls in flight: 1**\n\n- `#7 tools/call gated`, running');
  cluster.ledger.open('detailed');
  await until(async () => (await details()) === '**Calls in flight: 0**');

  expect(await (await handle.describe()).staticSummary()).toBe('MCP session of `bare 1` (2025-11-25)');
  const scheduled = (await waitUntilIdle(handle)).events.find(
    (event) => event.activityTaskScheduledEventAttributes,
  );
  const summary = defaultPayloadConverter.fromPayload(scheduled!.userMetadata!.summary!);
  expect(summary).toBe('`tools/call gated #7`');
});

describe('a namespace of another Temporal', () => {
  async function createNamespace(namespace: string): Promise<void> {
    const workflowExecutionRetentionPeriod = msToTs('1 day');
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    await until(() => registered(namespace).catch(() => undefined));
  }
  const registered = async (namespace: string) =>
    Object.keys((await connection.operatorService.listSearchAttributes({ namespace })).customAttributes);
  const create = async (namespace: string, type: number, ...names: string[]) => {
    const searchAttributes = Object.fromEntries(names.map((name) => [name, type]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  };

  test('gets the search attributes from its first nodes, two at once', async () => {
    const namespace = 'fresh';
    await createNamespace(namespace);
    expect(await registered(namespace)).toEqual([]);
    const fresh = await startCluster({ nodes: 2, workers: 1, namespace });
    try {
      expect((await registered(namespace)).sort()).toEqual(ATTRIBUTES);
      for (const node of fresh.nodes) expect(node.output()).not.toContain('not searchable');
      const client = await new BareClient(fresh.url).open();
      await call(client, 1, 'echo', { value: 'x' });
      const query = `WorkflowId = '${workflowIdOf(client.sessionId)}' AND McpTool = 'echo'`;
      await until(async () => (await find(query, namespace)).length === 1);
    } finally {
      await fresh.stop();
    }
  });

  test.each([
    ['has no room for them', 'full', ['A', 'B', 'C'], /cannot have more than 3 search attribute/],
    ['has another use for a name', 'taken', ['McpClient'], /McpClient has another type than KEYWORD/],
  ])('that %s serves sessions without them, and its node says so', async (_, namespace, names, why) => {
    await createNamespace(namespace);
    await create(namespace, INDEXED_VALUE_TYPE_KEYWORD_LIST, ...names);
    const without = await startCluster({ nodes: 1, workers: 1, namespace });
    try {
      const lines = without.nodes[0]!.output().trim().split('\n');
      const [warning, ...more] = lines.filter((line) => line.includes('not searchable'));
      expect(warning).toMatch(why);
      expect(more).toEqual([]);
      const client = await new BareClient(without.url).open();
      await call(client, 1, 'echo', { value: 'x' });
      expect((await handleOf(client, namespace).describe()).searchAttributes).not.toHaveProperty('McpTool');
    } finally {
      await without.stop();
    }
  });
});
