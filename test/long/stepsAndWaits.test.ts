/** Features, rows 5, 10, 11, 12 and 36, combined: steps that write, questions beside sleeps, repeated runs that skip steps. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { isJSONRPCRequest } from '@modelcontextprotocol/sdk/types.js';
import { BareClient, type Cluster, type Recorded, until } from 'durable-mcp/testing';
import { startCluster } from '../fixtures/startCluster';

const options = { app: 'test/fixtures/mixedApp.ts', nodes: 1, workers: 1 };
let cluster: Cluster;
const extra: Cluster[] = [];
beforeAll(async () => {
  cluster = await startCluster({ ...options, workerArgs: ['--suspend-after', '100ms'] });
});
afterEach(async () => {
  await Promise.all(extra.splice(0).map((other) => other.stop()));
});
afterAll(() => cluster.stop());

const startPatient = async () => {
  const own = await startCluster({ ...options, workerArgs: ['--suspend-after', '1h'] });
  extra.push(own);
  return own;
};

const open = () => new BareClient(cluster.url).open({ elicitation: {} });
const accepted = (tip: number) => ({ action: 'accept', content: { tip } });
const resultOf = (stream: Recorded) => JSON.parse(stream.text) as unknown;
const questions = (stream: Recorded) => stream.messages.filter(isJSONRPCRequest);

test('what a skipped step wrote and asked does not stand for what comes after it', async () => {
  const client = await open();
  const stream = await client.call(1, 'twice');
  await client.answer(await stream.asked(), accepted(1));
  const second = await until(() => questions(stream)[1] ?? (stream.closed && questions(stream)[0]));
  await client.answer(second, accepted(2));
  await stream.ended();
  expect(resultOf(stream)).toEqual(['after it', 'after it', 2]);
  expect(cluster.ledger.find('twice woke in attempt 2')).toBeDefined();
});

test('a question beside a long sleep is asked at once, and its answer wakes the call', async () => {
  const client = await open();
  const stream = await client.call(1, 'patient');
  const asked = await stream.asked();
  await until(async () => {
    const { callsInFlight } = await cluster.stateOf(client.sessionId);
    return callsInFlight[0]?.status === 'suspended';
  });
  await client.answer(asked, accepted(1));
  await stream.ended();
  expect(resultOf(stream)).toBe('accept');
  expect(questions(stream)).toHaveLength(1);
});

test('a question that is given up before it was asked is not asked', async () => {
  const client = await open();
  const stream = await client.call(1, 'hasty');
  const asked = await stream.asked();
  expect(asked.id).toBe('1/confirm');
  await client.answer(asked, accepted(1));
  await stream.ended();
  expect(resultOf(stream)).toEqual(['given up', 'accept']);
  expect(questions(stream)).toHaveLength(1);
});

test('calls that come together and are too large for one message to Temporal are all answered', async () => {
  const client = await open();
  await cluster.workers.shift()!.kill();
  const large = 'x'.repeat(980_000);
  const calls = Array.from({ length: 6 }, (_, id) => client.call(id, 'size', { large }));
  const streams = await Promise.all(calls);
  await cluster.startWorker();
  await Promise.all(streams.map((stream) => stream.ended()));
  expect(streams.map(resultOf)).toEqual(streams.map(() => large.length));
});

test('what is said faster than it is sent arrives, in order, however small its messages are', async () => {
  const client = await open();
  const stream = await client.call(1, 'chatters', { times: 25_000 });
  await until(() => stream.closed, 150_000);
  expect(resultOf(stream)).toBe('said');
  const said = stream.messages.slice(0, -1) as unknown as { params: { data: number } }[];
  expect(said.map(({ params }) => params.data)).toEqual(Array.from({ length: 25_000 }, (_, n) => n));
}, 180_000);

test('long errors of many steps do not outgrow what an attempt is handed', async () => {
  const client = await open();
  const stream = await client.call(1, 'declined', { times: 230 }); // 460 updates, one after the other
  await until(() => stream.closed, 150_000);
  expect(resultOf(stream)).toBe('declined in attempt 2');
  expect(cluster.ledger.count('charge ran')).toBe(230);
}, 180_000);

test('a sleep that holds its worker does not count against the time of a call, whatever its client can do', async () => {
  const own = await startPatient();
  const stream = await (await new BareClient(own.url).open()).call(1, 'rests');
  await stream.ended();
  expect(resultOf(stream)).toBe('rested');
});

test('a question of an attempt whose successor has begun is not asked, so that no answer to it is lost', async () => {
  const own = await startPatient();
  const connection = await Connection.connect({ address: process.env.TEST_TEMPORAL });
  const client = await new BareClient(own.url).open({ elicitation: {} });
  const stream = await client.call(1, 'late');
  await until(() => own.ledger.find('late attempt 1'));
  // Opens attempt 2, as its worker would, while attempt 1 is held up just before its question.
  const session = new Client({ connection }).workflow.getHandle(`mcp-session-${client.sessionId}`);
  await session.executeUpdate('openAttempt', { args: [{ call: '1', attempt: 2 }] });
  own.ledger.open('late 1');
  const asked = stream.asked();
  const answered = asked.then((question) => client.answer(question, accepted(1)));
  const emitsOf = async () => {
    const { events } = await session.fetchHistory();
    return events?.filter((e) => e.workflowExecutionSignaledEventAttributes?.signalName === 'emit').length;
  };
  await until(async () => (await emitsOf()) === 1);
  await own.killWhoDid('late attempt 1');
  await own.startWorker();
  await until(() => own.ledger.find('late attempt 2'));
  for (const attempt of [2, 3, 4]) own.ledger.open(`late ${attempt}`); // attempts 3 and 4 exist only if the suite suspends at every wait
  await answered;
  await stream.ended();
  expect(resultOf(stream)).toBe('accept');
  await connection.close();
});
