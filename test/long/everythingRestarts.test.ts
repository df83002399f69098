/**
 * Features, rows 3 and 4: Temporal is killed and restarted; then all processes are killed at once and
 * restarted.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, workers: 1, temporal: 'own' });
});
afterAll(() => cluster.stop());

test('Temporal killed in the middle of a call: health says so, the call completes, the session goes on', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'gated', { name: 'outage' });
  await until(() => cluster.ledger.find('outage started'));
  const health = () => fetch(new URL('/health', cluster.nodes[0]!.ready)).then(({ status }) => status);
  expect(await health()).toBe(200);

  await cluster.temporal.kill();
  cluster.ledger.open('outage');
  await until(() => cluster.ledger.find('outage ended')); // soon: an attempt that cannot heartbeat for long is given up
  expect(await health()).toBe(503);
  expect(await client.ask('tools/list')).toHaveProperty('result'); // the node answers tools/list without Temporal
  const refused = await client.post(client.callMessage('refused', 'echo', { value: '' }));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.json()).toMatchObject({ error: { code: -32003 } });
  await cluster.temporal.restart();

  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'outage done' }] } }]);
  const next = await client.call(2, 'echo', { value: 'goes on' });
  await next.ended();
  expect(next.messages).toMatchObject([{ id: 2, result: { content: [{ text: 'goes on' }] } }]);
  expect(await health()).toBe(200);
});

test('everything killed, everything started: the session needs no initialize, the open call completes, the finished one is fetched', async () => {
  const client = await new BareClient(cluster.url).open();
  const finished = await client.call('finished', 'count', { to: 3 });
  await finished.ended();
  const open = await client.call('open', 'gated', { name: 'blackout' });
  await until(() => cluster.ledger.find('blackout started'));
  await until(() => open.events.length > 0);

  await cluster.killEverything();
  await open.ended();
  cluster.ledger.open('blackout');

  await cluster.startAgain();
  const rest = await client.get(open.events[0]!.id);
  await rest.ended();
  expect(rest.messages).toMatchObject([{ id: 'open', result: { content: [{ text: 'blackout done' }] } }]);
  const fetched = await client.get(finished.events[0]!.id);
  await fetched.ended();
  expect(fetched.events.slice(1)).toEqual(finished.events.slice(1));
});
