/**
 * Features, rows 11 and 34: a handler's write to the session's state is applied once and kept; the session's
 * server can depend on the state.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JSONRPCResultResponseSchema, ListToolsResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { untilMark } from './fixtures/mark';
import { startCluster } from './fixtures/startCluster';
import { runs } from './fixtures/alwaysSuspending';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/askingApp.ts' });
});
afterAll(() => cluster.stop());

async function call(client: BareClient, id: string, name: string, args = {}): Promise<string> {
  const stream = await client.call(id, name, args);
  await stream.ended();
  return stream.text;
}

async function names(client: BareClient): Promise<string[]> {
  const { result } = JSONRPCResultResponseSchema.parse(await client.ask('tools/list'));
  return ListToolsResultSchema.parse(result).tools.map(({ name }) => name);
}

test('kill the worker after a write and before the answer: it is written once, a later write stays, and the call sees its own world', async () => {
  const client = await new BareClient(cluster.url).open();
  const stream = await client.call(1, 'keep', { key: 'k', value: 'first', hold: 'hold' });
  await until(() => cluster.ledger.find('kept k'));
  expect(await call(client, 'other', 'keep', { key: 'k', value: 'second' })).toBe('second');
  const holder = cluster.ledger.find('kept k')?.pid;
  await cluster.workers.find(({ pid }) => pid === holder)?.kill();
  await until(() => cluster.ledger.find('keep attempt 2 saw undefined')); // the same value as in attempt 1, in spite of the write in between
  cluster.ledger.open('hold');
  await stream.ended();
  expect(stream.text).toBe('first'); // the handler reads its own write
  expect(JSON.parse(await call(client, 'recall', 'recall'))).toEqual({ k: 'second' }); // the write was not repeated
  await cluster.startWorker();
});

test("parallel calls do not lose each other's keys, and a restart loses none", async () => {
  const client = await new BareClient(cluster.url).open();
  const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
  await Promise.all(keys.map((key) => call(client, key, 'keep', { key, value: { of: key } })));
  await call(client, 'drop', 'drop', { key: 'key 3' });
  await Promise.all([...cluster.workers.splice(0), ...cluster.nodes.splice(0)].map((role) => role.kill()));
  await Promise.all([cluster.startNode(), cluster.startNode(), cluster.startWorker(), cluster.startWorker()]);
  const state = JSON.parse(await call(client, 'recall', 'recall')) as Record<string, unknown>;
  const kept = keys.filter((key) => key !== 'key 3');
  expect(state).toEqual(Object.fromEntries(kept.map((key) => [key, { of: key }])));
});

test("a session's tools follow its state, on every node, and no other session's do", async () => {
  const [admin, other] = [await new BareClient(cluster.url).open(), await new BareClient(cluster.url).open()];
  expect(await names(admin)).not.toContain('reset');
  await call(admin, 'a', 'keep', { key: 'admin', value: true });
  for (const node of cluster.nodes) {
    admin.url = node.ready;
    await until(async () => (await names(admin)).includes('reset'));
  }
  expect(await call(admin, 'b', 'reset')).toBe('reset');
  expect(await names(other)).not.toContain('reset');
  await call(admin, 'c', 'drop', { key: 'admin' });
  expect(await call(admin, 'd', 'reset')).toMatch(/not found/);
  expect(await call(admin, 'b', 'reset')).toBe('reset'); // a repeated request gets its recorded answer
});

test('who is told that its tools have changed finds them on every node, also on one that was slow to read of it', async () => {
  const [a, b] = cluster.nodes;
  const client = await new BareClient(a!.ready).open();
  const told = await client.get();
  for (let n = 1; n <= 10; n++) {
    const admin = n % 2 === 1;
    client.url = b!.ready;
    await names(client); // so that node b follows the log before it is frozen
    client.url = a!.ready;
    process.kill(b!.pid, 'SIGSTOP');
    await call(client, `promote ${n}`, 'promote', { admin });
    await until(() => told.messages.length === n);
    client.url = b!.ready;
    const listed = names(client);
    process.kill(b!.pid, 'SIGCONT');
    expect([n, (await listed).includes('reset')]).toEqual([n, admin]);
  }
  for (let n = 1; n <= 5; n++) {
    client.url = a!.ready;
    await call(client, `demote ${n}`, 'promote', { admin: false });
    client.url = b!.ready;
    await names(client);
    client.url = a!.ready;
    process.kill(b!.pid, 'SIGSTOP');
    await call(client, `promote again ${n}`, 'promote', { admin: true });
    client.url = b!.ready;
    const answer = call(client, `reset ${n}`, 'reset');
    process.kill(b!.pid, 'SIGCONT');
    expect(await answer).toBe('reset');
  }
  expect(told.messages[0]).toEqual({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
});

test('tools given by a call whose worker is killed are told of once, and are there when everything has restarted', async () => {
  const changed = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
  const client = await new BareClient(cluster.url).open();
  const before = await client.get();
  const stream = await client.call(1, 'promote', { admin: true, hold: 'promoted' });
  const promoted = /^promoted, held at promoted, in attempt /;
  const { what: first } = await until(() => cluster.ledger.entries().find(({ what }) => promoted.test(what)));
  await cluster.killWhoDid(first);
  cluster.ledger.open('promoted');
  await stream.ended();
  const later = cluster.ledger.entries().filter(({ what }) => promoted.test(what) && what !== first);
  expect(later.length).toBeGreaterThan(0); // another attempt than the killed one has answered
  expect(await untilMark(cluster, client, before)).toEqual([changed]);

  await Promise.all([...cluster.workers.splice(0), ...cluster.nodes.splice(0)].map((role) => role.kill()));
  await Promise.all([cluster.startNode(), cluster.startNode(), cluster.startWorker(), cluster.startWorker()]);
  const after = await client.get(before.events.at(-1)!.id);
  expect(await names(client)).toContain('reset');
  expect(await call(client, '2', 'promote', { admin: false })).toBe('done');
  expect(await names(client)).not.toContain('reset');
  expect(await untilMark(cluster, client, after)).toEqual([changed]);
  after.cut();
});

test('what is over the limits is refused with a sentence, and changes nothing', async () => {
  const client = await new BareClient(cluster.url).open();
  const before = cluster.ledger.entries().length;
  expect(await call(client, 'a', 'keep', { key: 'large', value: 'x'.repeat(64_000) })).toMatch(
    /64000 are the limit/,
  );
  expect(await call(client, 'b', 'keep', { key: '', value: 1 })).toMatch(/1 to 256 characters/);
  expect(await call(client, 'c', 'recall')).toBe('{}');
  const attempts = cluster.ledger
    .entries()
    .slice(before)
    .filter(({ what }) => /^keep attempt \d+ saw undefined$/.test(what));
  expect(new Set(attempts.map(({ what }) => what)).size).toBe(runs(1)); // no retry, since it would fail again
});

test('prompts and resources have the context too', async () => {
  const client = await new BareClient(cluster.url).open();
  const prompt = new AbortController();
  const response = await client.post(
    { jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: 'welcome' } },
    {},
    prompt.signal,
  );
  const said = await response.text();
  expect(said).toContain(`bare ${client.sessionId}`);
  expect(said).toContain('prompting');
  const read = await client.post({
    jsonrpc: '2.0',
    id: 2,
    method: 'resources/read',
    params: { uri: 'state://seen' },
  });
  expect(await read.text()).toContain('"text":"true"');
  expect(JSON.parse(await call(client, 'recall', 'recall'))).toEqual({ seen: true });
});
