/**
 * Unusual errors, names and results of an author's handler end at most that handler's own call, with a clear
 * message.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster } from 'durable-mcp/testing';
import { runs } from '../fixtures/alwaysSuspending';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ app: 'test/fixtures/oddApp.ts', nodes: 1, workers: 1 });
});
afterAll(() => cluster.stop());

const open = (name?: string) => new BareClient(cluster.url, undefined, name).open();

interface Answer {
  readonly error?: { readonly message: string };
  readonly result?: { readonly isError?: boolean; readonly content: readonly { readonly text: string }[] };
}

async function call(name: string, args: Record<string, unknown>, client?: BareClient): Promise<Answer> {
  const stream = await (client ?? (await open())).call(1, name, args);
  await stream.ended();
  expect(stream.messages).toHaveLength(1);
  return stream.messages[0] as Answer;
}

test.each([
  'undefined',
  'null',
  'no prototype',
  'a text that throws',
  'a getter that throws',
  'an error without texts',
  'a symbol',
  'a function',
  'a BigInt',
  'a frozen error',
  'an error that is its own cause',
  'an error of errors that holds itself',
  'an error whose texts throw',
  'an error whose cause throws',
  'an error whose code throws',
  'an error of errors that throw',
  'a revoked proxy',
  'a proxy of an error that throws',
])('%s is thrown as often as a call may be tried, and then the client is told', async (what) => {
  for (const [tool, mark] of [
    ['throws', `threw ${what}`],
    ['throws-in-a-step', `threw ${what} in a step`],
    ['throws-after-a-step', `threw ${what} after a step`],
  ] as const) {
    const { result, error } = await call(tool, { what });
    expect(result?.isError ?? error !== undefined).toBe(true);
    expect(cluster.ledger.count(mark)).toBe(runs(3));
  }
});

const KEYS = {
  '256 characters of three bytes': '長'.repeat(256),
  'half of a pair': 'key \ud83d',
  'two halves': '\udc00\ud83d',
  'line ends': 'a\r\nb\u2028',
  NUL: 'a\0b',
  'a word of every object': 'constructor',
};

test.each(Object.entries(KEYS))('a key of the state with %s keeps its value', async (_name, key) => {
  expect((await call('state', { key })).result).toEqual({
    content: [{ type: 'text', text: 'kept and changed' }],
  });
});

test('a key of the state that is too long is refused in a sentence of ours', async () => {
  const { result } = await call('state', { key: '長'.repeat(257) });
  expect(result?.content[0]?.text).toMatch(/^A key of the session's state has 1 to 256 characters/);
});

test.each(
  Object.entries({
    ...KEYS,
    'a thousand characters': 'x'.repeat(1_000),
    'many characters': '長'.repeat(40_000),
  }),
)('an at-most-once step named with %s runs', async (_name, name) => {
  const { result } = await call('once', { name });
  expect(result?.content[0]?.text).toBe('done once');
  expect((await call('again', { name })).result?.content[0]?.text).toBe('done');
});

test('an answer with a BigInt is an error of its own call, also of a list', async () => {
  const isSaid = { error: { code: -32_603, message: expect.stringMatching(/BigInt|log says why/) } };
  for (const tool of ['answers-big', 'answers-big-here', 'answers-big-soon'])
    expect(await call(tool, {})).toMatchObject(isSaid);
  const client = await open('lists a BigInt');
  expect(await client.ask('tools/list')).toMatchObject(isSaid);
  expect(await client.ask('ping')).toMatchObject({ result: {} });
});

test('a key for other services tells them nothing of the session, and is the same at each attempt alone', async () => {
  const client = await open();
  const { result } = await call('key', { name: 'pay' }, client);
  const key = result?.content[0]?.text ?? '';
  expect(key).toMatch(/^[\w-]{20,64}$/);
  for (const part of client.sessionId.split('-')) expect(key).not.toContain(part);
  const other = (await call('key', { name: 'pay' })).result?.content[0]?.text;
  expect(other).not.toBe(key);
});
