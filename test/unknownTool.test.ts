/**
 * A node answers a call of an unknown tool by itself, and writes nothing. A tool that only the author's own
 * `tools/call` handler knows is called durably like any other.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, waitUntilIdle, startCommand } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let lowLevel: Cluster;
beforeAll(async () => {
  [cluster, lowLevel] = await Promise.all([
    startCluster({ nodes: 1, workers: 1 }),
    startCluster({ app: 'test/fixtures/lowLevelApp.ts', nodes: 1, workers: 1 }),
  ]);
});
afterAll(() => Promise.all([cluster.stop(), lowLevel.stop()]));

const written = async (of: Cluster, client: BareClient) =>
  (await waitUntilIdle(await of.workflowOf(client.sessionId))).events.length;

test.each([
  ['a DurableMcpServer', () => cluster, 'any', 'who'],
  ['an unchanged McpServer', () => lowLevel, 'plain', 'registered'],
])(
  "%s: the node says what the SDK says, and the session's log does not grow",
  async (_what, at, name, tool) => {
    const client = await new BareClient(at().url, '2025-11-25', name).open();
    // A node that has not yet seen an event as it was written does not know how old the session's events are, and
    // sends the session a keepalive.
    await (await client.call(0, tool)).ended();
    const before = await written(at(), client);
    for (const id of [1, 2, 3]) {
      const stream = await client.call(id, `unheard-of-${id}`);
      await stream.ended();
      expect(stream.messages).toEqual([
        {
          jsonrpc: '2.0',
          id,
          result: {
            content: [{ type: 'text', text: `MCP error -32602: Tool unheard-of-${id} not found` }],
            isError: true,
          },
        },
      ]);
    }
    expect(await written(at(), client)).toBe(before);
  },
);

test('also as one JSON body', async () => {
  const { address, taskQueue, ledger } = cluster;
  const args = ['--temporal', address, '--task-queue', taskQueue, '--port', '0', '--json-responses'];
  const node = await startCommand(['http', 'test/fixtures/app.ts', ...args], { LEDGER: ledger.folder });
  const client = await new BareClient(node.ready).open();
  const response = await client.post(client.callMessage(1, 'unheard-of'));
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await response.json()).toMatchObject({ id: 1, result: { isError: true } });
  await node.stop();
});

test.each(['bare', 'beside a registered tool'])(
  "the author's own handler of tools/call, %s, runs in the worker, once",
  async (name) => {
    const client = await new BareClient(lowLevel.url, '2025-11-25', name).open();
    const tool = `only-the-author-knows ${name}`;
    for (const time of ['first', 'again']) {
      const stream = await client.call(1, tool);
      await stream.ended();
      expect([time, stream.text]).toEqual([time, `${tool} by the author`]);
    }
    expect(lowLevel.ledger.count(`${tool} ran`)).toBe(1);
    expect(lowLevel.ledger.find(`${tool} ran`)?.pid).toBe(lowLevel.workers[0]!.pid);
  },
);
