/**
 * Features, row 1: the worker is killed in the middle of a call; the result arrives once, on the stream that
 * was open.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

test('a call whose worker is killed ends on another, with one response', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'gated', { name: 'job' });
  await until(() => cluster.ledger.find('job started'));
  await cluster.killWhoDid('job started');
  await until(() => cluster.ledger.find('job started attempt 2'));
  cluster.ledger.open('job');
  await stream.ended();
  expect(stream.messages).toEqual([
    { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'job done' }] } },
  ]);
  expect(cluster.ledger.count('job started')).toBe(2);
  expect(cluster.ledger.count('job ended')).toBe(1);
});

test('the session goes on after its worker was killed', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'echo', { value: 'still here' });
  await stream.ended();
  expect(stream.messages).toMatchObject([{ id: 1, result: { content: [{ text: 'still here' }] } }]);
});
