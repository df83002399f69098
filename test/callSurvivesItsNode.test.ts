/**
 * Features, row 2: the node that serves a call's stream is killed; any other node serves the rest of the
 * stream.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, connect, textOf, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';
import { runs } from './fixtures/alwaysSuspending';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, workers: 1 });
});
afterAll(() => cluster.stop());

test('GET on another node with Last-Event-ID yields the result; the handler ran once', async () => {
  const [first, second] = cluster.nodes;
  const client = await new BareClient(first!.ready).open();
  const stream = await client.call(1, 'gated', { name: 'one' });
  await stream.has(1);
  await until(() => cluster.ledger.find('one started'));
  await first!.kill();
  await stream.ended();
  expect(stream.messages).toEqual([]);

  client.url = second!.ready;
  const rest = await client.get(stream.events[0]!.id);
  cluster.ledger.open('one');
  await rest.ended();
  expect(rest.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'one done' }] } }]);
  expect(cluster.ledger.count('one started')).toBe(runs(1));
});

test('the official client goes on by itself behind a balancer', async () => {
  const [, second, third] = cluster.nodes;
  const { client } = await connect(cluster.url);
  let primed = false; // a client that has had no event yet cannot come back
  const onresumptiontoken = () => (primed = true);
  const answer = client.callTool({ name: 'gated', arguments: { name: 'two' } }, undefined, {
    onresumptiontoken,
  });
  await until(() => primed && cluster.ledger.find('two started'));
  const holder = await until(() =>
    [second!, third!].find(({ ready }) => (cluster.served.get(new URL(ready).origin) ?? 0) > 0),
  );
  await holder.kill();
  cluster.ledger.open('two');
  expect(textOf(await answer)).toBe('two done');
  expect(cluster.ledger.count('two started')).toBe(runs(1));
  await client.close();
});
