/** Faults between a client and this product: cut links, lost sessions, cancelled calls. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { runs } from './fixtures/alwaysSuspending';
import { connected, endConnected } from './fixtures/connected';
import { type Link, startLink } from './fixtures/link';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let link: Link;
let url: string;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, workers: 1 });
  link = await startLink(new URL(cluster.url).host);
  url = `http://${link.address}/mcp`;
});
afterEach(endConnected);
afterAll(async () => {
  await link.close();
  await cluster.stop();
});

test('it says that it joins repeated requests, and the client knows', async () => {
  const { transport } = await connected(url);
  expect(transport.session?.joins).toBe(1_000);
});

test('cut again and again: each message comes once, in order, and the call ends', async () => {
  const client = new Client({ name: 'logs', version: '1' });
  const logs: unknown[] = [];
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }) => void logs.push(params.data),
  );
  const { call } = await connected(url, {}, client);
  const answer = call('count', { to: 40, pauseAt: 20 });
  await until(() => cluster.ledger.find('paused'));
  for (let i = 0; i < 3; i++) {
    link.cut();
    link.heal();
    await client.ping();
  }
  cluster.ledger.open('count');
  expect(await answer).toBe('counted to 40');
  expect(logs).toEqual(Array.from({ length: 40 }, (_, i) => ({ i: i + 1 })));
});

test('cut when the request has arrived, and nothing of its answer: it ran once', async () => {
  const { call } = await connected(url);
  const ran = cluster.ledger.count('flaky ran');
  for (let i = 0; i < 5; i++) {
    const answer = call('flaky', { failures: 0 });
    await until(() => cluster.ledger.count('flaky ran') > ran + i * runs(1));
    link.cut();
    link.heal();
    expect(await answer).toBe(`worked at attempt ${runs(1)}`);
  }
  expect(cluster.ledger.count('flaky ran')).toBe(ran + 5 * runs(1));
});

test('every node is killed in the middle of a call, and others come: it ran once', async () => {
  const { call } = await connected(url);
  const answer = call('gated', { name: 'nodes' });
  await until(() => cluster.ledger.find('nodes started'));
  link.cut(); // the load balancer needs a node
  await Promise.all(cluster.nodes.splice(0).map((node) => node.kill()));
  cluster.ledger.open('nodes');
  await Promise.all([cluster.startNode(), cluster.startNode()]);
  link.heal();
  expect(await answer).toBe('nodes done');
  expect(cluster.ledger.count('nodes started')).toBe(runs(1));
});

test('the session was ended by somebody else: one new one for all calls', async () => {
  const { call, transport } = await connected(url);
  const before = transport.session?.id ?? '';
  const other = new BareClient(cluster.url);
  other.sessionId = before;
  expect((await other.delete()).ok).toBe(true);
  const answers = await Promise.all(Array.from({ length: 10 }, () => call('who')));
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toBe(transport.session?.id);
  expect(answers[0]).not.toBe(before);
});

test('a cancelled call ends in the server; one that another caller waits for by its key goes on', async () => {
  const { client, call } = await connected(url);
  const abort = new AbortController();
  const cancellable = (name: string, key?: string) => {
    const _meta = key === undefined ? undefined : { 'durable-mcp/key': key };
    const request = { name: 'gated', arguments: { name }, _meta };
    return client
      .callTool(request, undefined, { signal: abort.signal })
      .catch((error: unknown) => String(error));
  };
  const alone = cancellable('alone');
  const [first, second] = [
    cancellable('both', 'k'),
    call('gated', { name: 'both' }, { 'durable-mcp/key': 'k' }),
  ];
  await until(() => cluster.ledger.find('alone started'));
  await until(() => cluster.ledger.find('both started'));
  abort.abort('enough');
  expect(await alone).toMatch(/enough/);
  expect(await first).toMatch(/enough/);
  await until(() => cluster.ledger.find('alone aborted'));
  cluster.ledger.open('both');
  expect(await second).toBe('both done');
  expect(cluster.ledger.find('both aborted')).toBeUndefined();
  expect(cluster.ledger.count('both started')).toBe(runs(1));
});

test('cancelled by its caller, a key is not used again: it may have run', async () => {
  const { client, call } = await connected(url);
  const abort = new AbortController();
  const meta = { 'durable-mcp/key': 'cancelled' };
  const request = { name: 'gated', arguments: { name: 'stopped' }, _meta: meta };
  const answer = client.callTool(request, undefined, { signal: abort.signal }).catch(() => 'cancelled');
  await until(() => cluster.ledger.find('stopped started'));
  abort.abort('enough');
  expect(await answer).toBe('cancelled');
  await expect(call('gated', { name: 'stopped' }, meta)).rejects.toMatchObject({ name: 'OutcomeUnknown' });
  expect(cluster.ledger.count('stopped started')).toBe(1);
});
