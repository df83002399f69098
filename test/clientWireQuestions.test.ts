/** Questions of the server to clients that are killed or frozen: each is answered once. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, until } from 'durable-mcp/testing';
import { fileStore } from '../src/client/store/file';
import { type Answer, type BareServer, event, result, startBareServer, stream } from './fixtures/bareServer';
import { placeWritten } from './fixtures/connected';
import { type PlainServer, startPlainServer } from './fixtures/plainServer';
import { ClientProcess, clientFolder, endClients } from './fixtures/startClient';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
let plain: PlainServer;
let bare: BareServer;
beforeAll(async () => {
  [cluster, plain, bare] = await Promise.all([
    startCluster({ nodes: 2, workers: 1 }),
    startPlainServer(),
    startBareServer({ joins: true }),
  ]);
});
afterEach(async () => {
  await endClients();
  bare.reset();
});
afterAll(() => Promise.all([cluster.stop(), plain.close(), bare.stop()]));

const name = (value: string) => ({ answer: { action: 'accept' as const, content: { name: value } } });
const ask = { call: 'asks-name', as: 'a' };
const form = { message: 'Who are you?', requestedSchema: { type: 'object', properties: {} } };
const question = event('q1', { jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: form });

/** The stream of a call that asks, and ends once it has an answer. */
const asking: Answer = (seen) => {
  const id = bare.of('tools/call')[0]?.message.id;
  const answered = async () => {
    await until(() => bare.of('response').length > 0);
    const answer = result('r1', 'Hello', () => id);
    return typeof answer === 'string' ? answer : answer(seen);
  };
  return stream(question, answered)(seen);
};

describe.each(['the product', "the official SDK's server"])('%s', (which) => {
  const isProduct = which === 'the product';
  const url = () => (isProduct ? cluster.url : plain.url);
  const accepted = () => {
    const all = isProduct ? cluster.ledger.entries().map(({ what }) => what) : plain.effects;
    return all.filter((effect) => effect.startsWith('accept'));
  };

  test('asked before a SIGKILL: the next process is asked, and its answer is the only one', async () => {
    const folder = await clientFolder();
    const first = new ClientProcess(url(), folder);
    await first.says('connected');
    first.tell(ask);
    await first.says('asked');
    if (!isProduct) await placeWritten(fileStore(folder), url());
    await first.kill();
    const second = new ClientProcess(url(), folder);
    await second.says('asked');
    second.tell(name('Ada'));
    const { recovered } = await second.says('recovered');
    expect(second.all('recovered')).toMatchObject([
      { recovered, response: { result: { content: [{ text: 'Hello Ada' }] } } },
    ]);
    expect(second.all('asked')).toHaveLength(1);
    expect(new Set(accepted())).toEqual(new Set(['accept Ada']));
  });
});

test('killed after its answer was written down, and before the server took it: the next process sends the same, and asks nobody', async () => {
  const folder = await clientFolder();
  bare.always('tools/call', stream(question));
  bare.always('RESUME', asking);
  bare.script('response', () => undefined); // taken, and never confirmed
  const first = new ClientProcess(bare.url, folder);
  await first.says('connected');
  first.tell(ask);
  await first.says('asked');
  first.tell(name('Ada'));
  await until(() => bare.of('response').length === 1);
  await first.kill();
  const second = new ClientProcess(bare.url, folder);
  await second.says('recovered');
  await until(() => bare.of('response').length === 2);
  expect(second.all('asked')).toEqual([]);
  expect(new Set(bare.of('response').map(({ body }) => body)).size).toBe(1);
  expect(bare.of('response')[0]?.message).toMatchObject({ id: 'q', result: { content: { name: 'Ada' } } });
});

test('an answer is sent until the server has taken it, also through a proxy that does not find the server for a moment', async () => {
  const faults: Answer[] = [
    ({ res }) => void res.writeHead(503).end(),
    ({ res }) => void res.writeHead(404).end(),
    ({ res }) => void res.destroy(),
  ];
  const client = new ClientProcess(bare.url, await clientFolder());
  await client.says('connected');
  bare.script('response', ...faults);
  const taken = () => bare.of('response').length === faults.length + 1;
  bare.script('tools/call', (seen) =>
    stream(question, async () => {
      await until(taken);
      const answer = result('r1', 'Hello');
      return typeof answer === 'string' ? answer : answer(seen);
    })(seen),
  );
  client.tell(ask);
  await client.says('asked');
  client.tell(name('Ada'));
  await client.says('answered', 'a');
  expect(new Set(bare.of('response').map(({ body }) => body)).size).toBe(1);
  expect(bare.of('initialize')).toHaveLength(1);
});

test('a question that the stream says again, at once or after its answer, is asked once and answered once', async () => {
  bare.script('tools/call', (seen) =>
    stream(
      question,
      question,
      async () => {
        await until(() => bare.of('response').length > 0);
        return question;
      },
      result('r1', 'Hello'),
    )(seen),
  );
  const client = new ClientProcess(bare.url, await clientFolder());
  await client.says('connected');
  client.tell(ask);
  await client.says('asked');
  client.tell(name('Ada'));
  await client.says('answered', 'a');
  client.tell({ call: 'any', as: 'b' });
  await client.says('answered', 'b');
  expect(client.all('asked')).toHaveLength(1);
  expect(bare.of('response')).toHaveLength(1);
});

test('of two processes of one session only the one that was asked answers', async () => {
  const folder = await clientFolder();
  const options = { mode: 'shared' };
  const [first, second] = [1, 2].map(() => new ClientProcess(cluster.url, folder, options)) as [
    ClientProcess,
    ClientProcess,
  ];
  await Promise.all([first.says('connected'), second.says('connected')]);
  first.tell(ask);
  await first.says('asked');
  second.tell({ call: 'echo', args: { value: 'alive' }, as: 'b' });
  await second.says('answered', 'b');
  second.tell(name('Eve'));
  first.tell(name('Grace'));
  expect(await first.says('answered', 'a')).toMatchObject({ result: { content: [{ text: 'Hello Grace' }] } });
  expect(second.all('asked')).toEqual([]);
  expect(cluster.ledger.count('accept Eve')).toBe(0);
});
