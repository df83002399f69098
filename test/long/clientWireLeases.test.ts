/** A session's owner that is frozen while another process takes the session over, and wakes. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, until } from 'durable-mcp/testing';
import { memoryStore } from '../../src/client/store/memory';
import { type BareServer, event, log, startBareServer, stream } from '../fixtures/bareServer';
import { connected, endConnected } from '../fixtures/connected';
import { ClientProcess, clientFolder, endClients } from '../fixtures/startClient';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
let bare: BareServer;
beforeAll(async () => {
  [cluster, bare] = await Promise.all([
    startCluster({ nodes: 2, workers: 1 }),
    startBareServer({ joins: true }),
  ]);
});
afterEach(async () => {
  await endClients();
  await endConnected();
  bare.reset();
});
afterAll(() => Promise.all([cluster.stop(), bare.stop()]));

const name = (value: string) => ({ answer: { action: 'accept' as const, content: { name: value } } });

test('the frozen one wakes with an answer in its hands: it is not sent; the new owner answers, once', async () => {
  const folder = await clientFolder();
  const old = new ClientProcess(cluster.url, folder);
  await old.says('connected');
  old.tell({ call: 'asks-name', as: 'a' });
  await old.says('asked');
  old.freeze();
  old.tell(name('old'));
  const heir = new ClientProcess(cluster.url, folder);
  await heir.says('connected');
  await heir.says('asked');
  old.thaw();
  expect(await old.says('failed', 'a')).toMatchObject({ error: { name: 'LeaseLost' } });
  old.tell({ call: 'echo', args: { value: 'mine' }, as: 'later' });
  expect(await old.says('failed', 'later')).toMatchObject({ error: { name: 'LeaseLost' } });
  heir.tell(name('new'));
  expect(await heir.says('recovered')).toMatchObject({
    response: { result: { content: [{ text: 'Hello new' }] } },
  });
  expect(cluster.ledger.count('accept old')).toBe(0);
  expect(cluster.ledger.count('accept new')).toBeGreaterThan(0);
  expect(old.errors).toEqual([]);
});

test('the frozen one resumes nothing and listens to nothing once it wakes', async () => {
  const folder = await clientFolder();
  // Its place is known to the heir, which resumes it.
  bare.always('tools/call', stream(event('e0'), log('e1', 1)));
  bare.always('RESUME', stream(log('e2', 2)));
  const of = (who: string) => bare.seen.filter(({ headers }) => headers['x-who'] === who);
  const start = (who: string) =>
    new ClientProcess(bare.url, folder, { user: 'u', headers: { 'x-who': who } });
  const old = start('old');
  await old.says('connected');
  old.tell({ call: 'slow', as: 'a' });
  await until(() => of('old').some(({ kind }) => kind === 'tools/call'));
  await until(() => of('old').some(({ kind }) => kind === 'GET'));
  old.freeze();
  const before = of('old').length;
  const heir = start('heir');
  await heir.says('found');
  await until(() => of('heir').some(({ kind }) => kind === 'RESUME' || kind === 'tools/call'));
  // All of its connections are gone when it wakes: it would open them anew.
  of('old').forEach(({ res }) => res.destroy());
  old.thaw();
  await old.says('failed', 'a');
  // Longer than the longest first pause before a further try: one of its renewals.
  const warned = () => old.all('error').length > 1;
  await until(warned);
  expect(of('old')).toHaveLength(before);
});

test('frozen and woken while nobody wanted its session, the owner goes on, and listens again', async () => {
  const client = new ClientProcess(bare.url, await clientFolder(), { backoff: { first: 0 } });
  // It finds its stream cut before it has its lease again.
  await client.says('connected');
  await until(() => bare.of('GET').length === 1);
  client.freeze();
  const frozenAt = performance.now();
  await until(() => performance.now() - frozenAt > 16_000);
  bare.of('GET').forEach(({ res }) => res.destroy());
  client.thaw();
  await until(() => bare.of('GET').length === 2);
  client.tell({ call: 'any', as: 'a' });
  await client.says('answered', 'a');
  expect(client.all('error')).toEqual([]);
});

test('what is in use does not expire: the session, a call that takes long, and the question that it asked', async () => {
  const store = memoryStore();
  const ttl = 12_000;
  const question = { jsonrpc: '2.0', id: 'q', method: 'sampling/createMessage', params: {} };
  bare.script('tools/call', stream(event('e0'), event('q1', question)));
  const { call, client, group } = await connected(bare.url, { store, ttl });
  client.fallbackRequestHandler = () => new Promise(() => undefined);
  const answer = call('slow').catch((error: unknown) => error);
  const names = async () => (await store.list(group)).map((entry) => entry.name.split('/')[0]).sort();
  await until(async () => (await names()).includes('ask'));
  const began = performance.now();
  await until(() => performance.now() - began > ttl + 2_000);
  expect(await names()).toEqual(['ask', 'call', 'owner', 'session']);
  await client.close();
  await answer;
});

test('two transports of one process are two: the second one waits, and is refused while the first one lives', async () => {
  const store = memoryStore();
  const first = await connected(bare.url, { store });
  await expect(connected(bare.url, { store })).rejects.toMatchObject({ name: 'LeaseLost' });
  expect(await first.call('any')).toBe('done');
  await first.client.close();
  const third = await connected(bare.url, { store });
  expect(third.transport.session).toMatchObject({ restored: true });
});
