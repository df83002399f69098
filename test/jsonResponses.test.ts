/**
 * Features, row 29: rows 2 and 15 with nodes that answer with one JSON body. Such an answer cannot be
 * resumed: the client sends the request again.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, connect, textOf, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { runs } from './fixtures/alwaysSuspending';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, workers: 1, nodeArgs: ['--json-responses'] });
});
afterAll(() => cluster.stop());

test('200 calls of the official client alternate between the nodes', async () => {
  const { client } = await connect(cluster.url);
  for (let i = 0; i < 200; i++) {
    expect(textOf(await client.callTool({ name: 'echo', arguments: { value: `${i}` } }))).toBe(`${i}`);
  }
  await client.close();
  const counts = [...cluster.served.values()];
  expect(counts).toHaveLength(3);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
}, 180_000);

test('a client that takes nothing but JSON is served', async () => {
  const client = await new BareClient(cluster.url).open();
  const accept = { accept: 'application/json' };
  const answer = await client.post(client.callMessage(1, 'echo', { value: 'plain' }), accept);
  expect(await answer.json()).toMatchObject({ id: 1, result: { content: [{ text: 'plain' }] } });
  const refused = await client.post(client.callMessage(2, 'echo'), { accept: 'text/event-stream' });
  expect(refused.status).toBe(406);
});

test('the node dies; the same request sent to another joins the running call; the handler ran once', async () => {
  const [first, second] = cluster.nodes;
  const client = await new BareClient(first!.ready).open();
  const message = client.callMessage(1, 'gated', { name: 'json' });
  const lost = client.post(message).catch(() => 'lost');
  await until(() => cluster.ledger.find('json started'));
  await first!.kill();
  expect(await lost).toBe('lost');

  client.url = second!.ready;
  const again = client.post(message);
  cluster.ledger.open('json');
  expect(await (await again).json()).toMatchObject({ id: 1, result: { content: [{ text: 'json done' }] } });
  expect(cluster.ledger.count('json started')).toBe(runs(1));
});
