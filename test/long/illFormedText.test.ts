/** Features, row 59: whatever text a client sends, or a handler makes of it, no process ends and every request is answered. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BareClient, type Cluster, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

let cluster: Cluster;
/** The output of processes that have ended. */
const ended: string[] = [];
beforeAll(async () => {
  cluster = await startCluster({
    app: 'test/fixtures/wordyApp.ts',
    nodes: 1,
    workers: 1,
    workerArgs: ['--suspend-after', '100ms'],
  });
  for (const command of [...cluster.workers, ...cluster.nodes])
    void command.exited.then(() => ended.push(command.output()));
});
afterAll(() => cluster.stop());

const open = (name?: string) => new BareClient(cluster.url, undefined, name).open({ elicitation: {} });

interface Answer {
  readonly id?: unknown;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Sends a request; resolves with its answer, be it a stream or a JSON body. */
async function answerTo(client: BareClient, message: Record<string, unknown>): Promise<Answer> {
  const response = await client.post({ jsonrpc: '2.0', ...message });
  const body = await response.text();
  const lines = body.split('\n').flatMap((line) => (line.startsWith('data: {') ? [line.slice(6)] : []));
  const answer = JSON.parse(lines.at(-1) ?? body) as Answer;
  expect(answer.result ?? answer.error).toBeDefined();
  return answer;
}

const call = (client: BareClient, id: string | number, name: string, args: object, progressToken: string) =>
  answerTo(client, {
    id,
    method: 'tools/call',
    params: { name, arguments: args, _meta: { progressToken } },
  });

async function expectAlive() {
  const { result } = await call(await open(), 1, 'echo', { word: 'still here' }, 'p');
  expect(result).toEqual({ content: [{ type: 'text', text: 'still here' }] });
  expect(ended).toEqual([]);
}

test('a handler that fails with half of a character in its message is tried again and answered, and its worker lives', async () => {
  const client = await open();
  const params = '{"name":"find","arguments":{"name":"mug \\ud83d"}}';
  const response = await client.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
  const body = await response.text();
  expect(body).toContain('no product is called mug ');
  expect(body).toContain('"isError":true');
  await expectAlive();
});

const WORDS = {
  'half of a pair': 'mug \ud83d',
  'the other half': '\udc00 mug',
  'halves in the wrong order': '\udc00\ud83d',
  NUL: 'a\0b',
  'right to left': '\u202eabc\u2066\u200f',
  'not Latin': '漢字𠮷'.repeat(20),
  'long and half': 'x'.repeat(5_000) + '\ud83d',
  'very long': '長'.repeat(30_000),
};

test.each(Object.entries(WORDS))('%s: everywhere where a text can be', async (name, word) => {
  const named = new BareClient(cluster.url, undefined, word);
  await named.open({ elicitation: {} }).catch(() => undefined); // a refusal is fine: the name may be too long
  const client = named.sessionId ? named : await open();
  const refused = await call(client, 'steps', 'steps', { word }, word);
  const isShort = word.length < 256;
  expect(refused.result).toBeDefined();
  if (isShort) expect(refused.result).toEqual({ content: [{ type: 'text', text: '' }] }); // no part of the tool was refused

  const echoed = await call(client, word, 'echo', { word }, word);
  if (isShort) expect(echoed).toMatchObject({ id: word, result: { content: [{ text: word }] } });
  const soon = await call(client, 'short', 'short', { word }, word);
  if (isShort) expect(soon.result).toMatchObject({ content: [{ text: word }] });
  const failed = await call(client, 'fails', 'fails', { word }, word);
  expect(failed.result).toMatchObject({ isError: true, content: [{ text: word }] });
  await call(client, 'no such', word, { [word]: word }, word);
  await answerTo(client, { id: 'method', method: word, params: { [word]: word } });
  await answerTo(client, { id: 'level', method: 'logging/setLevel', params: { level: word } });
  await answerTo(client, {
    id: 'subscribe',
    method: 'resources/subscribe',
    params: { uri: `word://${word}` },
  });
  const prompt = { name: 'prompt', arguments: { word } };
  expect(
    (await answerTo(client, { id: 'prompt', method: 'prompts/get', params: prompt })).result,
  ).toBeDefined();
  await answerTo(client, { id: 'read', method: 'resources/read', params: { uri: `word://${word}` } });

  const asking = await client.call('asks', 'asks', { word });
  await client.answer(await asking.asked(), { action: 'accept', content: { word } });
  await asking.ended();
  expect(JSON.parse(asking.text)).toEqual({ action: 'accept', content: { word } });

  const waiting = await client.call(`waits ${name}`, 'waits', { word });
  await until(() => waiting.messages.length > 0);
  const params = { requestId: `waits ${name}`, reason: word.slice(0, 20_000) }; // notifications are limited to 64 kB
  await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
  await waiting.ended();
  await until(async () => (await cluster.stateOf(client.sessionId)).callsInFlight.length === 0);
  await client.delete();
  await expectAlive();
});

test('a text of 3 MB of the author ends no more than its own call, with a sentence', async () => {
  for (const where of ['error', 'step', 'state', 'map', 'log', 'question', 'value']) {
    const { result, error } = await call(await open(), 1, 'long', { where }, 'p');
    const text = error?.message ?? JSON.stringify(result);
    expect([where, text]).toEqual([where, expect.stringMatching(/limit|more than|1 to 256|cannot be/)]);
    expect(result?.isError ?? error).toBeTruthy();
  }
  await expectAlive();
});
