/** Clients that are killed in the middle of a call, and those that come after them. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, until } from 'durable-mcp/testing';
import { fileStore } from '../../src/client/store/file';
import { runs } from '../fixtures/alwaysSuspending';
import { type BareServer, cut, startBareServer } from '../fixtures/bareServer';
import { placeWritten } from '../fixtures/connected';
import { type PlainServer, startPlainServer } from '../fixtures/plainServer';
import { ClientProcess, clientFolder, endClients } from '../fixtures/startClient';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
let plain: PlainServer;
let bare: BareServer;
beforeAll(async () => {
  [cluster, plain, bare] = await Promise.all([
    startCluster({ nodes: 2, workers: 1 }),
    startPlainServer(),
    startBareServer(),
  ]);
});
afterEach(endClients);
afterAll(() => Promise.all([cluster.stop(), plain.close(), bare.stop()]));

const text = (value: string) => ({ content: [{ type: 'text', text: value }] });

describe.each(['the product', "the official SDK's server"])('%s', (which) => {
  const isProduct = which === 'the product';
  const url = () => (isProduct ? cluster.url : plain.url);
  const count = (what: string) =>
    isProduct ? cluster.ledger.count(what) : plain.effects.filter((effect) => effect === what).length;
  const once = isProduct ? runs(1) : 1;
  const openGate = (name: string) => {
    if (isProduct) cluster.ledger.open(name);
    else plain.openGate(name);
  };

  test('killed between its POST and the answer: the next process has the answer, and it ran once', async () => {
    const folder = await clientFolder();
    const first = new ClientProcess(url(), folder);
    await first.says('connected');
    first.tell({ call: 'gated', args: { name: 'killed' }, as: 'a' });
    await until(() => count('killed started') > 0);
    if (!isProduct) await placeWritten(fileStore(folder), url()); // it does not join a repetition
    await first.kill();
    const second = new ClientProcess(url(), folder);
    expect(await second.says('connected')).toMatchObject({ restored: true });
    const { found } = await second.says('found');
    openGate('killed');
    expect(await second.says('recovered', found)).toMatchObject({
      response: { id: found, result: text('killed done') },
    });
    expect(count('killed started')).toBe(once);
    second.tell({ close: true });
    expect(await second.ended()).toBe(0);
  });

  test('by its key, the next process joins the call, and the one after has the kept answer', async () => {
    const folder = await clientFolder();
    const call = { call: 'gated', args: { name: 'keyed' }, key: 'order 7', as: 'a' };
    const first = new ClientProcess(url(), folder);
    await first.says('connected');
    first.tell(call);
    await until(() => count('keyed started') > 0);
    if (!isProduct) await placeWritten(fileStore(folder), url());
    await first.kill();
    const second = new ClientProcess(url(), folder);
    await second.says('connected');
    second.tell(call);
    second.tell({ ...call, as: 'twice' });
    openGate('keyed');
    expect(await second.says('answered', 'a')).toMatchObject({ result: text('keyed done') });
    expect(await second.says('answered', 'twice')).toMatchObject({ result: text('keyed done') });
    await second.kill();
    const third = new ClientProcess(url(), folder);
    await third.says('connected');
    third.tell(call);
    expect(await third.says('answered', 'a')).toMatchObject({ result: text('keyed done') });
    third.tell({ ...call, args: { name: 'another' }, as: 'other' });
    expect(await third.says('failed', 'other')).toMatchObject({ error: { name: 'KeyConflict' } });
    expect(count('keyed started')).toBe(once);
  });

  test('a new call after a restart is a new call: it never has an earlier answer', async () => {
    const folder = await clientFolder();
    const name = isProduct ? 'flaky' : 'charge';
    const args: Record<string, unknown> = isProduct ? { failures: 0 } : { amount: 5 };
    const effect = isProduct ? 'flaky ran' : 'charged 5';
    const before = count(effect);
    for (let i = 1; i <= 3; i++) {
      const client = new ClientProcess(url(), folder);
      expect(await client.says('connected')).toMatchObject({ restored: i > 1 });
      client.tell({ call: name, args, as: 'a' });
      await client.says('answered', 'a');
      expect(count(effect) - before).toBe(i * once);
      await client.kill();
    }
  });
});

test('killed before its answer, with a server that neither joins nor resumes: the outcome is unknown, and it is not sent again', async () => {
  const folder = await clientFolder();
  bare.script('tools/call', () => undefined);
  const first = new ClientProcess(bare.url, folder);
  await first.says('connected');
  first.tell({ call: 'charge', key: 'k', as: 'a' });
  await until(() => bare.of('tools/call')[0]);
  await first.kill();
  const second = new ClientProcess(bare.url, folder);
  expect(await second.says('lost')).toMatchObject({ key: 'k', error: { name: 'OutcomeUnknown' } });
  second.tell({ call: 'charge', key: 'k', as: 'a' });
  expect(await second.says('failed', 'a')).toMatchObject({ error: { name: 'OutcomeUnknown' } });
  expect(bare.of('tools/call')).toHaveLength(1);
});

test('two processes of one session, 1,000 calls each: one session, all ids distinct, one stream at a time', async () => {
  bare.reset();
  const folder = await clientFolder();
  const options = { mode: 'shared' };
  const both = [new ClientProcess(bare.url, folder, options), new ClientProcess(bare.url, folder, options)];
  await Promise.all(both.map((client) => client.says('connected')));
  both.forEach((client) => {
    client.tell({ times: 1_000, call: 'any', as: 'all' });
  });
  await Promise.all(both.map((client) => client.says('answered', 'all')));
  const calls = bare.of('tools/call');
  expect(calls).toHaveLength(2_000);
  expect(new Set(calls.map(({ message }) => message.id)).size).toBe(2_000);
  expect(new Set(calls.map(({ session }) => session)).size).toBe(1);
  expect(bare.of('GET')).toHaveLength(1);
  bare.script('tools/call', cut);
  both[0]?.tell({ call: 'charge', as: 'cut' });
  expect(await both[0]?.says('failed', 'cut')).toMatchObject({ error: { name: 'OutcomeUnknown' } });
});
