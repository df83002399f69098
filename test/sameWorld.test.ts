/**
 * Features, row 59: a handler that runs again sees the same race winners, errors, tools and state as before.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isJSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';
import { BareClient, type Cluster, type Recorded, until } from 'durable-mcp/testing';
import { startCluster } from './fixtures/startCluster';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({
    app: 'test/fixtures/replayApp.ts',
    nodes: 1,
    workers: 1,
    workerArgs: ['--suspend-after', '300ms'],
  });
});
afterAll(() => cluster.stop());

const open = () => new BareClient(cluster.url).open({ elicitation: {} });
const accepted = { action: 'accept', content: { tip: 1 } };
const noted = (what: RegExp) => cluster.ledger.entries().filter((entry) => what.test(entry.what));
const texts = (what: RegExp) => [...new Set(noted(what).map((entry) => entry.what))];

async function ended(stream: Recorded): Promise<string> {
  await stream.ended();
  return stream.text;
}

const suspended = (client: BareClient) =>
  until(async () => (await cluster.stateOf(client.sessionId)).callsInFlight[0]?.status === 'suspended');

test('a question answered before its patience ended has been answered for good, though the patience ends later', async () => {
  const client = await open();
  const stream = await client.call(1, 'races-patience');
  await client.answer(await stream.asked(), accepted);
  expect(await ended(stream)).toBe('answered');
  expect(texts(/^race won/)).toEqual(['race won: answered']);
  expect(noted(/^race won/).length).toBeGreaterThan(2); // the handler ran again, also after the losing timer of the race had fired
  expect(cluster.ledger.count('worked')).toBe(1);
});

test('of two questions the one that was answered first has won at every attempt', async () => {
  const client = await open();
  const stream = await client.call(1, 'races-questions');
  const [a, b] = await until(() => {
    const questions = stream.messages.filter(isJSONRPCRequest);
    return questions.length === 2 && questions;
  });
  await client.answer(b!, accepted);
  await until(() => cluster.ledger.find('first: b'));
  await suspended(client);
  await client.answer(a!, accepted);
  expect(await ended(stream)).toBe('b');
  expect(texts(/^first:/)).toEqual(['first: b']);
  expect(noted(/^first:/).length).toBeGreaterThan(1);
});

test.each(['atMostOnce', 'atLeastOnce'])(
  'what a caught %s step threw is the same error at every attempt, and the step ran once',
  async (kind) => {
    const client = await open();
    const stream = await client.call(1, 'caught', { kind });
    const asked = await stream.asked();
    await suspended(client);
    await client.answer(asked, accepted);
    expect(await ended(stream)).toBe('accept');
    const seen = noted(new RegExp(`^${kind} attempt`)).map(({ what }) => what.replace(/ attempt \d+/, ''));
    expect(new Set(seen)).toEqual(new Set([`${kind}: StepFailed by CardDeclined: no funds`]));
    expect(seen.length).toBeGreaterThan(1);
    expect(cluster.ledger.count(`${kind} ran`)).toBe(1);
  },
);

test('an atLeastOnce step whose error ends the attempt runs again in the next', async () => {
  const client = await open();
  expect(await ended(await client.call(1, 'uncaught'))).toBe('charged');
  expect(cluster.ledger.count('uncaught ran')).toBe(2);
});

test('a tool that is there only until its own call has written to the state goes on with the state of its beginning', async () => {
  const client = await open();
  const stream = await client.call(1, 'sign-in');
  const asked = await stream.asked();
  await suspended(client);
  await client.answer(asked, accepted);
  expect(await ended(stream)).toBe('accept');
  expect(noted(/^sign-in attempt/).length).toBeGreaterThan(1);
  const gone = await client.call(2, 'sign-in');
  await gone.ended();
  expect(JSON.stringify(gone.messages.at(-1))).toContain('sign-in not found');
});

test('a handler hears of no abort when its call is tried again, is suspended, goes on and ends', async () => {
  const client = await open();
  const stream = await client.call(1, 'listens');
  const asked = await stream.asked();
  await suspended(client);
  await client.answer(asked, accepted);
  expect(await ended(stream)).toBe('aborted: false');
  expect(noted(/^listens attempt/).length).toBeGreaterThan(1);
  await ended(await client.call(2, 'status')); // by then, the worker would have reported an abort
  expect(cluster.ledger.count('heard of an abort')).toBe(0);
});

test('a charge beside a step that fails is recorded, though the handler has ended by then', async () => {
  const client = await open();
  expect(JSON.parse(await ended(await client.call(1, 'charge-beside')))).toEqual([
    'charged',
    'reserved in attempt 2',
  ]);
  expect(cluster.ledger.count('charge began')).toBe(1);
  expect(cluster.ledger.count('charge ended')).toBe(1);
});

test('a retried handler that writes another value than its last attempt is heard', async () => {
  const client = await open();
  expect(await ended(await client.call(1, 'reports', { to: 'state' }))).toBe('reported');
  expect(JSON.parse(await ended(await client.call(2, 'status')))).toEqual(['done', null]);
});

test('the same holds for what it inserts into a shared map', async () => {
  const client = await open();
  expect(await ended(await client.call(1, 'reports', { to: 'map' }))).toBe('reported');
  expect(JSON.parse(await ended(await client.call(2, 'status')))).toEqual([null, 'done']);
});

test('a call that waits inside of a lock of its worker lets it go when it is suspended, and takes it again', async () => {
  const client = await open();
  const stream = await client.call(1, 'locks');
  const asked = await stream.asked();
  await suspended(client);
  await client.answer(asked, accepted);
  expect(await ended(stream)).toBe('unlocked');
  expect(noted(/^locks attempt/).length).toBeGreaterThan(1);
});

test('20 calls at once that each count one up count 20', async () => {
  const client = await open();
  const calls = await Promise.all(Array.from({ length: 20 }, (_, id) => client.call(id, 'counts')));
  const counted = await Promise.all(calls.map(ended));
  expect(counted.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  expect(await ended(await client.call('count', 'count'))).toBe('20');
});

test('a question with a timeout that nobody answers is taken back from the client, also while its call is suspended', async () => {
  const client = await open();
  const stream = await client.call(1, 'impatient');
  const { id } = await stream.asked();
  expect(JSON.parse(await ended(stream))).toEqual({ name: 'McpError', code: -32001 });
  expect(noted(/^impatient attempt/).length).toBeGreaterThan(1);
  expect(stream.messages).toContainEqual(
    expect.objectContaining({
      method: 'notifications/cancelled',
      params: expect.objectContaining({ requestId: id }),
    }),
  );
});
